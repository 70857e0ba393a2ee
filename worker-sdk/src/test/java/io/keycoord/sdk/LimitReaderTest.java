package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.keycoord.ReportedLimit;
import io.keycoord.sdk.provider.Dialect;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitReaderTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-22T15:04:30Z"), ZoneOffset.UTC);
    private static final List<String> PROVIDERS = List.of(
            "openrouter", "openai", "azure", "anthropic", "gemini", "mistral", "groq", "together", "openai-compatible");

    private static LimitReader reader(String provider) {
        return new LimitReader(Dialect.of(provider).limits(), CLOCK);
    }

    private static Map<String, String> headers(String text) {
        Map<String, String> headers = new HashMap<>();
        for (String header : text.isBlank() ? new String[0] : text.split(" ; ", -1)) {
            String[] pair = header.split(": ?", 2);
            headers.put(pair[0], pair[1]);
        }
        return headers;
    }

    private static String admitted(String provider, String text) {
        Map<String, String> headers = headers(text);
        return reader(provider).ofAdmitted(name -> Optional.ofNullable(headers.get(name))).stream()
                .map(LimitReaderTest::shown)
                .collect(Collectors.joining(" "));
    }

    private static String shown(ReportedLimit limit) {
        return limit.dimension() + "/" + limit.window() + ":" + limit.left() + "/"
                + limit.limit().orElse(-1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // The answers of each family.
                "openai | x-ratelimit-limit-requests: 60 ; x-ratelimit-remaining-requests: 59 ; x-ratelimit-reset-requests: 1s ; x-ratelimit-limit-tokens: 150000 ; x-ratelimit-remaining-tokens: 149984 ; x-ratelimit-reset-tokens: 6m0s | REQUESTS/PT1M:59/60 TOKENS/PT1M:149984/150000",
                "openai | x-ratelimit-limit-requests: 10000 ; x-ratelimit-remaining-requests: 9999 ; x-ratelimit-reset-requests: 8.64s | REQUESTS/PT24H:9999/10000",
                "openai | x-ratelimit-limit-requests: 10000 ; x-ratelimit-remaining-requests: 9999 ; x-ratelimit-reset-requests: 6ms | REQUESTS/PT1M:9999/10000",
                "azure | x-ratelimit-limit-requests: 60 ; x-ratelimit-remaining-requests: 50 ; x-ratelimit-reset-requests: 10 ; x-ratelimit-limit-tokens: 120000 ; x-ratelimit-remaining-tokens: 119000 | REQUESTS/PT1M:50/60 TOKENS/PT1M:119000/120000",
                "anthropic | anthropic-ratelimit-requests-limit: 1000 ; anthropic-ratelimit-requests-remaining: 999 ; anthropic-ratelimit-requests-reset: 2026-11-22T15:04:30Z ; anthropic-ratelimit-input-tokens-limit: 2000000 ; anthropic-ratelimit-input-tokens-remaining: 1999000 ; anthropic-ratelimit-output-tokens-limit: 400000 ; anthropic-ratelimit-output-tokens-remaining: 400000 ; anthropic-ratelimit-tokens-limit: 400000 ; anthropic-ratelimit-tokens-remaining: 400000 | REQUESTS/PT1M:999/1000 INPUT_TOKENS/PT1M:1999000/2000000 OUTPUT_TOKENS/PT1M:400000/400000",
                "groq | x-ratelimit-limit-requests: 14400 ; x-ratelimit-remaining-requests: 14370 ; x-ratelimit-reset-requests: 2m59.56s ; x-ratelimit-limit-tokens: 18000 ; x-ratelimit-remaining-tokens: 17997 ; x-ratelimit-reset-tokens: 7.66s | REQUESTS/PT24H:14370/14400 TOKENS/PT1M:17997/18000",
                "mistral | x-ratelimit-limit-req-minute: 60 ; x-ratelimit-remaining-req-minute: 58 ; x-ratelimit-limit-tokens-minute: 500000 ; x-ratelimit-remaining-tokens-minute: 499958 ; x-ratelimit-tokens-query-cost: 42 | REQUESTS/PT1M:58/60 TOKENS/PT1M:499958/500000",
                "together | x-ratelimit-limit: 10 ; x-ratelimit-remaining: 9 ; x-ratelimit-reset: 1 ; x-tokenlimit-limit: 3000 ; x-tokenlimit-remaining: 2900 ; x-ratelimit-limit-dynamic: 14 | REQUESTS/PT1S:9/10 TOKENS/PT1S:2900/3000",
                "cerebras | x-ratelimit-limit-requests-day: 1000 ; x-ratelimit-remaining-requests-day: 993 ; x-ratelimit-limit-tokens-minute: 60000 ; x-ratelimit-remaining-tokens-minute: 59000 ; x-ratelimit-limit-requests-hour: 100 ; x-ratelimit-remaining-requests-hour: 5 | TOKENS/PT1M:59000/60000 REQUESTS/PT1H:5/100 REQUESTS/PT24H:993/1000",
                "openai-compatible | x-ratelimit-limit-requests: 60 ; x-ratelimit-remaining-requests: 30 ; x-ratelimit-reset-requests: 30 | REQUESTS/PT1M:30/60",
                // What is written carelessly.
                "openai | x-ratelimit-limit-tokens: 150000 ; x-ratelimit-remaining-tokens: 12.9 | TOKENS/PT1M:12/150000",
                "openai | x-ratelimit-limit-tokens: 100 ; x-ratelimit-remaining-tokens: 150 | TOKENS/PT1M:100/100",
            })
    void familyIsUnderstood(String provider, String headers, String expected) {
        assertThat(admitted(provider, headers)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "azure | x-ratelimit-limit-requests: -1 ; x-ratelimit-remaining-requests: -1 ; x-ratelimit-reset-requests: 0 ; x-ratelimit-remaining-tokens: 119000",
                "azure | x-ratelimit-limit-tokens: 0 ; x-ratelimit-remaining-tokens: 0",
                "openai | x-ratelimit-limit-tokens: 150000 ; x-ratelimit-remaining-tokens:",
                "openai | x-ratelimit-limit-tokens: 150000 ; x-ratelimit-remaining-tokens: -1",
                "openai | x-ratelimit-limit-tokens: 150000 ; x-ratelimit-remaining-tokens: abc",
                "openai | x-ratelimit-limit-tokens: 150000 ; x-ratelimit-remaining-tokens: 12,12",
                "openai | x-ratelimit-limit-tokens: 99999999999999999999 ; x-ratelimit-remaining-tokens: 5",
                "openai | x-ratelimit-limit-tokens: 150000 ; x-ratelimit-remaining-tokens: 9999999999999",
                "openai | x-ratelimit-remaining-tokens: 5",
                // The window is neither the minute nor the day, or cannot be told.
                "openai | x-ratelimit-limit-requests: 60 ; x-ratelimit-remaining-requests: 59 ; x-ratelimit-reset-requests: 59s",
                "openai | x-ratelimit-limit-requests: 60 ; x-ratelimit-remaining-requests: 59",
                "openai | x-ratelimit-limit-requests: 60 ; x-ratelimit-remaining-requests: 60 ; x-ratelimit-reset-requests: 0s",
                "openai-compatible | x-ratelimit-limit-requests: 10000 ; x-ratelimit-remaining-requests: 9999 ; x-ratelimit-reset-requests: 8.64s",
                "openai-compatible | x-ratelimit-limit-tokens: 18000 ; x-ratelimit-remaining-tokens: 17997",
                "openrouter | x-ratelimit-limit: 20 ; x-ratelimit-remaining: 5",
                "anthropic | anthropic-ratelimit-tokens-limit: 400000 ; anthropic-ratelimit-tokens-remaining: 9",
                "gemini | x-ratelimit-limit-requests: 60 ; x-ratelimit-remaining-requests: 59 ; x-ratelimit-reset-requests: 1s"
            })
    void whatIsNotCertainIsNotReported(String provider, String headers) {
        assertThat(admitted(provider, headers)).isEmpty();
    }

    @Test
    void copyInTheBodySurvivesAProxyThatDropsTheHeaders() {
        String body =
                "{\"error\":{\"code\":429,\"message\":\"Rate limit exceeded: free-models-per-min.\",\"metadata\":{\"headers\":"
                        + "{\"X-RateLimit-Limit\":\"20\",\"X-RateLimit-Remaining\":\"0\"}}}}";
        ErrorAnswer refusal = ErrorAnswer.of(429, Map.of(), body.getBytes(StandardCharsets.UTF_8));

        assertThat(reader("openrouter").ofRefusal(refusal))
                .map(LimitReaderTest::shown)
                .containsExactly("REQUESTS/PT1M:0/20");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void anyHeadersAreReadWithoutThrowingInBoundedTime(long seed) {
        Random random = new Random(seed);
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            for (int i = 0; i < 20_000; i++) {
                String provider = PROVIDERS.get(random.nextInt(PROVIDERS.size()));
                LimitReader reader = reader(provider);
                reader.ofAdmitted(name -> value(random));
                Map<String, String> headers = new HashMap<>();
                Dialect.of(provider)
                        .limits()
                        .forEach(row -> value(random).ifPresent(text -> headers.put(row.left(), text)));
                assertThat(reader.ofRefusal(ErrorAnswer.of(429, headers, body(random))))
                        .allSatisfy(limit -> assertThat(limit.left()).isBetween(0L, 1_000_000_000_000L));
            }
        });
    }

    private static byte[] body(Random random) {
        String text =
                "{\"error\":{\"message\":\"free-models-per-day\",\"metadata\":{\"headers\":{\"x-ratelimit-limit\":"
                        + "\"" + value(random).orElse("7").replaceAll("[\"\\\\\\p{Cntrl}]", "") + "\"}}}}";
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (random.nextInt(4) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    private static Optional<String> value(Random random) {
        String digits = Long.toString(random.nextLong() >>> random.nextInt(64));
        return switch (random.nextInt(8)) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of("");
            case 2 -> Optional.of("-" + digits);
            case 3 -> Optional.of(digits + "." + digits);
            case 4 -> Optional.of(digits.repeat(1 + random.nextInt(4_000)));
            case 5 ->
                Optional.of(digits
                        + List.of("s", "ms", "m", "h", "T", "Z", ",", " ").get(random.nextInt(8)));
            case 6 ->
                Optional.of(random.ints(random.nextInt(80), 0, 0x10000)
                        .mapToObj(c -> String.valueOf((char) c))
                        .collect(Collectors.joining()));
            default -> Optional.of(digits);
        };
    }
}
