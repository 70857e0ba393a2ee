package io.keycoord.sdk;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What a refusal says of how long to wait, in all the places where providers say it. Never throws. */
final class WaitHints {

    private WaitHints() {}

    /** The most exact hint: headers, fields of the body, sentences, and the end of the exhausted window. */
    static Optional<Duration> any(ErrorAnswer answer, Instant now) {
        return headers(answer, now)
                .or(() -> fields(answer, now))
                .or(() -> WaitText.prose(answer.message()))
                .or(() -> reset(answer, now));
    }

    private static Optional<Duration> headers(ErrorAnswer answer, Instant now) {
        return answer.header("retry-after-ms")
                .flatMap(WaitText::millis)
                .or(() -> answer.header("retry-after").flatMap(text -> WaitText.parse(text, now)));
    }

    private static Optional<Duration> fields(ErrorAnswer answer, Instant now) {
        return WaitText.parse(answer.text("availability.retry_after"), now)
                .or(() -> WaitText.parse(answer.text("retry_after_seconds"), now))
                .or(() -> WaitText.parse(answer.repeatedHeader("retry-after"), now))
                .or(() -> answer.details("retryDelay").findFirst().flatMap(text -> WaitText.parse(text, now)));
    }

    /** Not {@code x-ratelimit-reset-requests} or {@code -tokens}, which say when the whole bucket is full again. */
    static Optional<Duration> reset(ErrorAnswer answer, Instant now) {
        return answer.header("x-ratelimit-reset")
                .flatMap(text -> WaitText.parse(text, now))
                .or(() -> WaitText.parse(answer.repeatedHeader("x-ratelimit-reset"), now));
    }
}
