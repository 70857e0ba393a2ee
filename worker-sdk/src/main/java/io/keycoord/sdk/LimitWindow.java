package io.keycoord.sdk;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** Over which window a limit counts that a header tells of. Where that is not certain, the limit is not reported. */
public enum LimitWindow {
    /** Each second. */
    SECOND(Duration.ofSeconds(1)),
    /** Each minute. */
    MINUTE(Duration.ofMinutes(1)),
    /** Each hour. */
    HOUR(Duration.ofHours(1)),
    /** Each day. */
    DAY(Duration.ofDays(1)),
    /** The minute or the day, whichever refills in the time that the reset header names. */
    MINUTE_OR_DAY_BY_REFILL {
        @Override
        Optional<Duration> of(Facts facts) {
            return facts.refillsIn(MINUTE.length)
                    ? Optional.of(MINUTE.length)
                    : Optional.of(DAY.length).filter(facts::refillsIn);
        }
    },
    /** The minute, if it refills in the time that the reset header names. */
    MINUTE_BY_REFILL {
        @Override
        Optional<Duration> of(Facts facts) {
            return Optional.of(MINUTE.length).filter(facts::refillsIn);
        }
    },
    /** The minute or the day of OpenRouter's free models, by the words of the refusal; other refusals name none. */
    OF_FREE_MODELS {
        @Override
        Optional<Duration> of(Facts facts) {
            if (facts.says("openrouter_free_tier_per_minute", "free-models-per-min")) {
                return Optional.of(MINUTE.length);
            }
            return facts.says("openrouter_free_tier_daily", "free-models-per-day")
                    ? Optional.of(DAY.length)
                    : Optional.empty();
        }
    };

    /**
     * What an answer says beside.
     *
     * @param reset in which time the limit will be whole again; read only where that is asked
     * @param words of a refusal, in lower case; empty otherwise
     */
    record Facts(OptionalLong limit, long left, Supplier<Optional<Duration>> reset, String words) {
        // A minute and a day are so far apart that rounding cannot mistake one for the other.
        private static final double ROUNDING = 2.5;

        Facts {
            words = words.toLowerCase(Locale.ROOT);
        }

        /** Whether a bucket that holds the limit and refills in {@code window} is full again after the reset. */
        boolean refillsIn(Duration window) {
            if (limit.isEmpty() || left >= limit.getAsLong()) {
                return false;
            }
            return reset.get().filter(whole -> refills(whole, window)).isPresent();
        }

        private boolean refills(Duration whole, Duration window) {
            double used = limit.getAsLong() - left;
            double expected = window.toNanos() * (used / limit.getAsLong());
            double ratio = whole.toNanos() / expected;
            return ratio > 1 / ROUNDING && ratio < ROUNDING;
        }

        boolean says(String word, String message) {
            return words.contains(word) || words.contains(message);
        }
    }

    private final Duration length;

    LimitWindow() {
        this(Duration.ZERO);
    }

    LimitWindow(Duration length) {
        this.length = length;
    }

    Optional<Duration> of(Facts facts) {
        return Optional.of(length);
    }
}
