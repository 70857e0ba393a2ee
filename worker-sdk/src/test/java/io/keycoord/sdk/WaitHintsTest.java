package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where providers say how long to wait, and which of several hints counts. */
class WaitHintsTest {
    private static final Instant NOW = Instant.parse("2026-11-22T15:04:30Z");

    private static ErrorAnswer answer(String headers, String body) {
        Map<String, String> all = new HashMap<>();
        for (String header : headers.isBlank() ? new String[0] : headers.split(" ; ", -1)) {
            String[] pair = header.split(": ", 2);
            all.put(pair[0], pair[1]);
        }
        return ErrorAnswer.of(429, all, body.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // Each place alone.
                "retry-after-ms: 1650 | {} | PT1.65S",
                "Retry-After: 2 | {} | PT2S",
                "retry-after: 0.52 | {} | PT0.52S",
                "retry-after: Sun, 22 Nov 2026 15:05:00 GMT | {} | PT30S",
                "retry-after: 2026-11-22T15:05:00Z | {} | PT30S",
                "retry-after: 1795359900 | {} | PT30S",
                "retry-after: 1m2s | {} | PT1M2S",
                "x-ratelimit-reset: 1795359900000 | {} | PT30S",
                "x-ratelimit-reset: 1 | {} | PT1S",
                "`` | {'error':{'availability':{'retry_after':20}}} | PT20S",
                "`` | {'error':{'metadata':{'retry_after_seconds':11.4}}} | PT11.4S",
                "`` | {'error':{'metadata':{'headers':{'Retry-After':'12'}}}} | PT12S",
                "`` | {'error':{'metadata':{'headers':{'X-RateLimit-Reset':'1795359900000'}}}} | PT30S",
                "`` | {'error':{'details':[{},{'retryDelay':'25.3s'}]}} | PT25.3S",
                "`` | [{'error':{'details':[{'retryDelay':'33s'}]}}] | PT33S",
                "`` | {'error':{'message':'Please try again in 644ms.'}} | PT0.644S",
                "`` | {'message':'Retry after 9 seconds.'} | PT9S",
                // The more exact one counts, and one that is not understood does not.
                "retry-after-ms: 1650 ; retry-after: 2 | {} | PT1.65S",
                "retry-after-ms: soon ; retry-after: 2 | {} | PT2S",
                "retry-after: -1 | {'error':{'message':'try again in 3s'}} | PT3S",
                "retry-after: 2 | {'error':{'message':'try again in 3s'}} | PT2S",
                "x-ratelimit-reset: 1795359900000 | {'error':{'message':'try again in 3s'}} | PT3S",
                "`` | {'error':{'message':'retry in 9s','details':[{'retryDelay':'8s'}]}} | PT8S",
                // A moment that has passed is no wait.
                "retry-after: 2026-11-22T15:00:00Z | {} | PT0S"
            })
    void hintIsFoundWhereItStands(String headers, String body, Duration wait) {
        assertThat(WaitHints.any(answer(headers, body), NOW)).contains(wait);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | {}",
                "`` | not json",
                "retry-after: never | {'error':{'message':'later'}}",
                "retry-after: 99999999999999999999 | {}",
                "retry-after: 2764801 | {}",
                "`` | {'error':{'details':{'retryDelay':'8s'}}}",
                // When the whole bucket is full again, which is not what a caller waits for.
                "x-ratelimit-reset-tokens: 6m0s ; x-ratelimit-reset-requests: 60 | {}",
                "anthropic-ratelimit-tokens-reset: 2026-11-22T15:05:00Z | {}"
            })
    void whatIsNoHintIsNotWaitedFor(String headers, String body) {
        assertThat(WaitHints.any(answer(headers, body), NOW)).isEmpty();
    }
}
