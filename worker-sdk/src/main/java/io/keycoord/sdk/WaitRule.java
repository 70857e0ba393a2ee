package io.keycoord.sdk;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Objects;
import java.util.Optional;

/**
 * Where a rule finds how long to wait, and what it assumes when nothing is said. Immutable.
 *
 * @param told where the provider may say it
 * @param otherwise what is assumed if it does not
 * @param time the wait that is assumed with {@link Otherwise#TIME}, zero to 32 days; not used with the others
 */
public record WaitRule(Told told, Otherwise otherwise, Duration time) {

    /** A wait and whether the provider named it. */
    record Wait(Duration duration, boolean hinted) {}

    /** Where an answer may say how long to wait. */
    public enum Told {
        /** Nowhere that can be relied upon. */
        NOTHING {
            @Override
            Optional<Duration> of(ErrorAnswer answer, Instant now) {
                return Optional.empty();
            }
        },
        /** Any hint, the most exact first: its headers, its body's fields, its sentences, and the reset of a window. */
        HINT {
            @Override
            Optional<Duration> of(ErrorAnswer answer, Instant now) {
                return WaitHints.any(answer, now);
            }
        },
        /** When the exhausted window ends; other hints of such an answer are too short. */
        RESET {
            @Override
            Optional<Duration> of(ErrorAnswer answer, Instant now) {
                return WaitHints.reset(answer, now);
            }
        },
        /** When a budget is renewed, in the field {@code resets_at}. */
        RESETS_AT {
            @Override
            Optional<Duration> of(ErrorAnswer answer, Instant now) {
                return WaitText.parse(answer.text("resets_at"), now);
            }
        },
        /** A date of UTC in the message, as in "on 2026-12-01 at 00:00 UTC". */
        DATE {
            @Override
            Optional<Duration> of(ErrorAnswer answer, Instant now) {
                return WaitText.date(answer.message(), now);
            }
        };

        abstract Optional<Duration> of(ErrorAnswer answer, Instant now);
    }

    /** What is assumed where nothing is said. */
    public enum Otherwise {
        /** A fixed time. */
        TIME,
        /** The next midnight of UTC. */
        UTC_DAY,
        /** The first of the next month, 00:00 UTC. */
        UTC_MONTH,
        /** The next midnight in Los Angeles. */
        PACIFIC_DAY,
        /** The end of the budget's period of UTC as the message names it, such as "(weekly"; without one, an hour. */
        NAMED_PERIOD
    }

    /** How long a budget rests that does not say when it is renewed. */
    static final Duration BUDGET_WITHOUT_PERIOD = Duration.ofHours(1);

    private static final ZoneId PACIFIC = ZoneId.of("America/Los_Angeles");
    private static final Duration LONGEST = Duration.ofDays(32);

    static final WaitRule NONE = fixed(Duration.ZERO);

    public WaitRule {
        Objects.requireNonNull(told, "told");
        Objects.requireNonNull(otherwise, "otherwise");
        if (time.isNegative() || time.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("time is " + time + ", expected zero to " + LONGEST);
        }
    }

    /** Always the same. */
    public static WaitRule fixed(Duration time) {
        return new WaitRule(Told.NOTHING, Otherwise.TIME, time);
    }

    /** Whether it is always zero, so that nothing rests by it. */
    public boolean isNothing() {
        return told == Told.NOTHING && otherwise == Otherwise.TIME && time.isZero();
    }

    Wait of(ErrorAnswer answer, Instant now) {
        return told.of(answer, now)
                .map(found -> new Wait(found, true))
                .orElseGet(() -> new Wait(assumed(answer, now), false));
    }

    private Duration assumed(ErrorAnswer answer, Instant now) {
        return switch (otherwise) {
            case TIME -> time;
            case UTC_DAY -> UtcPeriod.DAILY.untilEnd(now);
            case UTC_MONTH -> UtcPeriod.MONTHLY.untilEnd(now);
            case PACIFIC_DAY -> untilMidnight(PACIFIC, now);
            case NAMED_PERIOD ->
                UtcPeriod.of(word -> answer.message().contains("(" + word))
                        .map(period -> period.untilEnd(now))
                        .orElse(BUDGET_WITHOUT_PERIOD);
        };
    }

    private static Duration untilMidnight(ZoneId zone, Instant now) {
        return Duration.between(now, LocalDate.ofInstant(now, zone).plusDays(1).atStartOfDay(zone));
    }
}
