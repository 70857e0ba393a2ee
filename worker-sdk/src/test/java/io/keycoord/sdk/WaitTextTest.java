package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WaitTextTest {
    private static final Instant NOW = Instant.parse("2026-11-22T15:04:30Z");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "6m0s | 360000",
                "2m59.56s | 179560",
                "7.66s | 7660",
                "41ms | 41",
                "1h2m3s | 3723000",
                "0s | 0",
                "10 | 10000",
                "0.52 | 520",
                "33s | 33000",
                "1d | 86400000",
                "Sun, 22 Nov 2026 15:05:00 GMT | 30000",
                "2026-11-22T15:05:00Z | 30000",
                "2026-11-22T15:05:00+00:00 | 30000",
                "2026-11-22T15:05:00.500Z | 30500",
                "1795359900000 | 30000",
                "1795359900 | 30000",
                "1795359000 | 0",
                "2026-11-22T15:00:00Z | 0",
                "Sun, 22 Nov 2026 15:00:00 GMT | 0",
                "Sunday, 22-Nov-26 15:05:00 GMT | 30000",
                "Sun Nov 22 15:05:00 2026 | 30000",
                "2026-11-22T16:05:00+01:00 | 30000",
                "2026-11-22t15:05:00z | 30000",
                "34.4s | 34400",
                "500us | 0",
                "1h0m0.5s | 3600500",
                "2764800 | 2764800000",
                "'  10  ' | 10000"
            })
    void readsEveryForm(String text, long millis) {
        assertThat(WaitText.parse(text, NOW))
                .hasValueSatisfying(wait -> assertThat(wait.toMillis()).isEqualTo(millis));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "",
                "   ",
                "abc",
                "99999999999999999999",
                "2764801",
                "-5s",
                "1m-5s",
                "5S",
                "10, 20",
                "Sunday, 99-Nov-26 15:05:00 GMT",
                "2026-13-40T00:00:00Z",
                "33d",
                "2027-01-22T15:05:00Z",
                "1e5",
                "NaN",
                "10 s",
                "s",
                "٣"
            })
    void whatIsNotUnderstoodIsUnknown(String text) {
        assertThat(WaitText.parse(text, NOW)).isEmpty();
    }

    @Test
    void millisecondsAreTheirOwnHeader() {
        assertThat(WaitText.millis("1650"))
                .hasValueSatisfying(wait -> assertThat(wait.toMillis()).isEqualTo(1650));
        assertThat(WaitText.millis("-5")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Limit 1. Please try again in 644ms. Visit | 644",
                "Please try again in 3.89s. | 3890",
                "Please try again in 7m33.6s. | 453600",
                "Please retry in 25.3s. | 25300",
                "Retry after 9 seconds. | 9000",
                "Please try again in 2 minutes | 120000",
                "Please try again in 2 hours. | 7200000",
                "Try again in 250 milliseconds | 250",
                "Retry after 1 day | 86400000",
                "Please try again in 1m30s. | 90000",
                "Please retry in 33s | 33000"
            })
    void readsSentences(String text, long millis) {
        assertThat(WaitText.prose(text))
                .hasValueSatisfying(wait -> assertThat(wait.toMillis()).isEqualTo(millis));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "You will regain access on 2026-12-01 at 00:00 UTC. | PT200H55M30S",
                "until 2026-11-22T15:05:00Z | PT30S",
                "until 2026-11-22 15:05:59, as said | PT30S",
                "on 2026-11-23 | PT8H55M30S",
                "on 2026-11-01 at 00:00 UTC | PT0S"
            })
    void readsDatesInSentences(String text, Duration wait) {
        assertThat(WaitText.date(text, NOW)).contains(wait);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "on 2026-13-01 at 00:00 UTC", "on 2027-11-01", "12026-11-231"})
    void sentenceWithoutADateHasNone(String text) {
        assertThat(WaitText.date(text, NOW)).isEmpty();
    }

    @Test
    void aSentenceWithoutAWaitHasNone() {
        assertThat(WaitText.prose("Please try again in a while")).isEmpty();
    }

    @Test
    void neverThrows() {
        Random random = new Random(7);
        String alphabet = "0123456789.-+:TZdhmsnuµ eE,GMT";
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder("try again in ");
            random.ints(random.nextInt(20), 0, alphabet.length()).forEach(c -> text.append(alphabet.charAt(c)));
            String value = text.substring(13);
            assertThatCode(() -> {
                        WaitText.parse(value, NOW);
                        WaitText.millis(value);
                        WaitText.prose(text.toString());
                        WaitText.date(text.toString(), NOW);
                    })
                    .as("for '%s'", value)
                    .doesNotThrowAnyException();
        }
    }
}
