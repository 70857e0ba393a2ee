package io.keycoord.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateTest {

    @ParameterizedTest
    @CsvSource({
        "500/min, 500, 60000",
        "200k/min, 200000, 60000",
        "200K/m, 200000, 60000",
        "20/s, 20, 1000",
        "1.5M/day, 1500000, 86400000",
        "60/10s, 60, 10000",
        "100 per minute, 100, 60000",
        "100 per 2 hours, 100, 7200000",
        "3 / 1.5 s, 3, 1500",
        "7/250ms, 7, 250",
        "0.5k/h, 500, 3600000"
    })
    void ratesAreReadAsPeopleWriteThem(String text, long amount, long windowMs) {
        assertThat(Rate.parse(text)).isEqualTo(new Rate(amount, Duration.ofMillis(windowMs)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "5",
                "5/",
                "/min",
                "-5/min",
                "5//min",
                "5/min/min",
                "5m/min",
                "5G/day",
                "5 min",
                "5e3/min",
                "0x5/min",
                "5/Min",
                "5/us",
                "5/0.5ms",
                "NaN/min",
                "1,000/min",
                "٥/min",
                "5/min\n6/min",
                "99999999999999999999/min",
                "1/99999999999d",
                "1.0000000000000001/min",
                "5/-1s"
            })
    void whatIsNoRateIsRefused(String text) {
        assertThatThrownBy(() -> Rate.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("a rate ");
    }

    @ParameterizedTest
    @CsvSource({
        "250ms, 250",
        "60s, 60000",
        "2m, 120000",
        "10 minutes, 600000",
        "1h, 3600000",
        "1d, 86400000",
        "1.5s, 1500"
    })
    void durationsAreReadAsPeopleWriteThem(String text, long ms) {
        assertThat(Durations.parse(text)).contains(Duration.ofMillis(ms));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "-5s", "5S", "1m30s", "PT5S", "0.1ms", "5 weeks", "99999999999d"})
    void whatIsNoDurationIsRefused(String text) {
        assertThat(Durations.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0, 0s", "1, 1ms", "1500, 1500ms", "2000, 2s", "60000, 1m", "90000, 90s", "3600000, 1h", "172800000, 2d"
    })
    void durationsAreWrittenInTheLargestWholeUnit(long ms, String text) {
        assertThat(Durations.written(Duration.ofMillis(ms))).isEqualTo(text);
    }

    @Test
    void theTextOfARateLimitIsCautious() {
        assertThat(RateLimit.parse("500/min")).isEqualTo(RateLimit.perMinute(500));
        assertThatThrownBy(() -> RateLimit.parse("many"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the rate is \"many\", expected a rate such as \"500/min\"");
    }
}
