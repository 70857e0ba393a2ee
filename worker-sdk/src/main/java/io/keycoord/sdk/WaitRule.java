package io.keycoord.sdk;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Where a rule finds how long to wait, and what it assumes when nothing is said.
 *
 * @param source what the answer says at a given time
 * @param otherwise what is assumed at a given time
 */
record WaitRule(
        BiFunction<ErrorAnswer, Instant, Optional<Duration>> source,
        BiFunction<ErrorAnswer, Instant, Duration> otherwise) {

    /** A wait and whether the provider named it. */
    record Wait(Duration duration, boolean hinted) {}

    static final WaitRule NONE = fixed(Duration.ZERO);

    /** How long a budget rests that does not say when it is renewed. */
    static final Duration BUDGET_WITHOUT_PERIOD = Duration.ofHours(1);

    Wait of(ErrorAnswer answer, Instant now) {
        return source.apply(answer, now)
                .map(found -> new Wait(found, true))
                .orElseGet(() -> new Wait(otherwise.apply(answer, now), false));
    }

    /** Always the same. */
    static WaitRule fixed(Duration wait) {
        return new WaitRule((answer, now) -> Optional.empty(), (answer, now) -> wait);
    }

    /** Any hint, the most exact first. */
    static WaitRule hintOr(Duration otherwise) {
        return new WaitRule(WaitRule::hint, (answer, now) -> otherwise);
    }

    /** The instant at which the exhausted window ends; other hints of such an answer are too short. */
    static WaitRule resetOrUtcMidnight() {
        return new WaitRule(WaitRule::reset, (answer, now) -> UtcPeriod.DAILY.untilEnd(now));
    }

    /** The instant at which a budget is renewed, else what the message says of its period, else one hour. */
    static WaitRule budgetPeriod() {
        return new WaitRule((answer, now) -> WaitText.parse(answer.text("resets_at"), now), WaitRule::periodEnd);
    }

    private static Optional<Duration> hint(ErrorAnswer answer, Instant now) {
        return answer.header("retry-after-ms")
                .flatMap(WaitText::millis)
                .or(() -> answer.header("retry-after").flatMap(text -> WaitText.parse(text, now)))
                .or(() -> WaitText.parse(answer.availabilityRetryAfter(), now))
                .or(() -> WaitText.parse(answer.text("retry_after_seconds"), now))
                .or(() -> WaitText.parse(answer.repeatedHeader("retry-after"), now))
                .or(() -> WaitText.prose(answer.message()))
                .or(() -> reset(answer, now));
    }

    /** Not {@code x-ratelimit-reset-requests} or {@code -tokens}, which say when the whole bucket is full again. */
    private static Optional<Duration> reset(ErrorAnswer answer, Instant now) {
        return answer.header("x-ratelimit-reset")
                .flatMap(text -> WaitText.parse(text, now))
                .or(() -> WaitText.parse(answer.repeatedHeader("x-ratelimit-reset"), now));
    }

    private static Duration periodEnd(ErrorAnswer answer, Instant now) {
        return UtcPeriod.of(word -> answer.message().contains("(" + word))
                .map(period -> period.untilEnd(now))
                .orElse(BUDGET_WITHOUT_PERIOD);
    }
}
