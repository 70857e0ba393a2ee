package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Dimension;
import io.keycoord.Outcome.Block;
import io.keycoord.Outcome.Scope;
import io.keycoord.ReportedLimit;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyReportTest {
    private static final Instant NOW = Instant.parse("2026-11-22T15:04:30Z");
    private static final String WHOLE =
            "{\"data\":{\"label\":\"sk-or-v1-aaa...zzz\",\"limit\":20,\"limit_remaining\":12.5,\"limit_reset\":\"monthly\","
                    + "\"usage\":7.5,\"is_free_tier\":false,\"expires_at\":null,\"something_new\":{\"a\":[1]},"
                    + "\"rate_limit\":{\"requests\":-1,\"interval\":\"10s\",\"note\":\"deprecated\"},"
                    + "\"free_model_daily_requests\":{\"used\":3,\"limit\":1000,\"remaining\":997}}}";

    private static Optional<KeyReport> read(String json) {
        return KeyReport.read(json.getBytes(StandardCharsets.UTF_8));
    }

    private static KeyReport report(String json) {
        return read(json).orElseThrow();
    }

    @Test
    void everyFieldIsRead() {
        KeyReport report = report(WHOLE);

        assertThat(report.label()).contains("sk-or-v1-aaa...zzz");
        assertThat(report.requests()).contains(-1L);
        assertThat(report.interval()).contains("10s");
        assertThat(report.usage()).contains(new BigDecimal("7.5"));
        assertThat(report.limit()).hasValueSatisfying(limit -> assertThat(limit).isEqualByComparingTo("20"));
        assertThat(report.remaining()).contains(new BigDecimal("12.5"));
        assertThat(report.reset()).contains("monthly");
        assertThat(report.freeTier()).contains(false);
        assertThat(report.freeUsed()).contains(3L);
        assertThat(report.freeLimit()).contains(1_000L);
        assertThat(report.freeRemaining()).contains(997L);
        assertThat(report.rest(NOW)).isEmpty();
        assertThat(report.freeModelsToday())
                .contains(new ReportedLimit(Dimension.REQUESTS, Duration.ofDays(1), OptionalLong.of(1_000), 997));
    }

    @Test
    void missingFieldsBreakNothing() {
        KeyReport report = report("{\"data\":{\"label\":\"k\",\"usage\":0,\"limit\":null,\"is_free_tier\":true}}");

        assertThat(report.label()).contains("k");
        assertThat(report.usage()).hasValueSatisfying(usage -> assertThat(usage).isZero());
        assertThat(report.limit()).isEmpty();
        assertThat(report.remaining()).isEmpty();
        assertThat(report.freeTier()).contains(true);
        assertThat(report.rest(NOW)).isEmpty();
        assertThat(report.freeModelsToday()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "[]", "null", "{\"data\":[]}", "{\"data\":7}", "<html>", "{\"data\":{"})
    void whatIsNoReportIsNone(String json) {
        assertThat(read(json)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0, '\"daily\"', PT8H55M30S",
        "-0.01, '\"weekly\"', PT8H55M30S",
        "0, '\"monthly\"', PT200H55M30S",
        "0, null, PT1H",
        "0, '\"yearly\"', PT1H"
    })
    void keyThatHasSpentItsLimitRestsUntilItsPeriodEnds(String remaining, String reset, Duration rest) {
        String json = "{\"data\":{\"limit_remaining\":" + remaining + ",\"limit_reset\":" + reset + "}}";

        assertThat(report(json).rest(NOW)).contains(new Block(Scope.KEY, rest));
    }

    @Test
    void moreUsedThanThereIsLeavesNothing() {
        String json = "{\"data\":{\"free_model_daily_requests\":{\"used\":53,\"limit\":50,\"remaining\":-3}}}";

        assertThat(report(json).freeModelsToday())
                .contains(new ReportedLimit(Dimension.REQUESTS, Duration.ofDays(1), OptionalLong.of(50), 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e999", "-1e400", "123456789012345678901234567890", "\"7\"", "true", "{}", "[7]"})
    void numbersBeyondReasonAreUnknown(String number) {
        KeyReport report = report("{\"data\":{\"usage\":" + number + ",\"limit_remaining\":" + number
                + ",\"free_model_daily_requests\":{\"remaining\":" + number + "}}}");

        assertThat(report.usage()).isEmpty();
        assertThat(report.rest(NOW)).isEmpty();
        assertThat(report.freeModelsToday()).isEmpty();
    }

    @Test
    void anyBytesAreReadWithoutThrowing() {
        Random random = new Random(42);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = WHOLE.getBytes(StandardCharsets.UTF_8);
            for (int changes = random.nextInt(4); changes >= 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(128);
            }
            KeyReport.read(bytes).ifPresent(report -> {
                assertThat(report.label().orElse("")).hasSizeLessThanOrEqualTo(64);
                report.rest(NOW);
                report.freeModelsToday();
            });
        }
    }
}
