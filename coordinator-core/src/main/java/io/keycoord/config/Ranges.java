package io.keycoord.config;

import java.time.Duration;

/** What the numbers of a configuration may be: the one home of each bound. */
final class Ranges {
    static final Duration DAY = Duration.ofDays(1);

    static final Whole CONCURRENCY = new Whole(1, 1_000_000);
    static final Whole WEIGHT = new Whole(1, 100);
    static final Whole ERRORS = new Whole(1, 1_000);
    static final Whole MIN_CALLS = new Whole(1, 10_000);
    static final Whole HEADROOM = new Whole(0, 90);
    static final Whole REVISION = new Whole(0, 1_000_000_000_000L);

    static final Span WINDOW = new Span(Duration.ofMillis(1), Duration.ofDays(31));
    static final Span LEASE_TTL = new Span(Duration.ofSeconds(1), Duration.ofHours(1));
    static final Span ERROR_WINDOW = new Span(Duration.ofSeconds(1), Duration.ofHours(1));
    static final Span AGEING = new Span(Duration.ofSeconds(1), Duration.ofHours(1));
    static final Span COOL_DOWN = new Span(Duration.ofMillis(100), DAY);
    static final Duration LONGEST_COOL_DOWN = Duration.ofDays(7);

    static final int ACCOUNTS_OF_POOL = 100_000;
    static final int KEYS_OF_ACCOUNT = 10_000;
    static final int LIMITS_OF_ACCOUNT = 16;
    static final int TENANTS_OF_POOL = 1_000;

    /** Each of them is a word of every acquire, and makes its search longer. */
    static final int KEYS_RESERVED_APART = 200;

    private Ranges() {}

    /** Whole numbers, both ends included. */
    record Whole(long min, long max) {
        boolean holds(long value) {
            return value >= min && value <= max;
        }

        String expected() {
            return "a whole number from " + min + " to " + max;
        }

        void require(String name, long value) {
            if (!holds(value)) {
                throw new IllegalArgumentException(name + " is " + value + ", expected " + expected());
            }
        }
    }

    /** Durations in whole milliseconds, both ends included. */
    record Span(Duration min, Duration max) {
        boolean holds(Duration value) {
            return value.compareTo(min) >= 0 && value.compareTo(max) <= 0 && value.toNanosPart() % 1_000_000 == 0;
        }

        String expected() {
            return "a duration from " + Durations.written(min) + " to " + Durations.written(max)
                    + " in whole milliseconds";
        }

        void require(String name, Duration value) {
            if (!holds(value)) {
                throw new IllegalArgumentException(
                        name + " is " + Durations.written(value) + ", expected " + expected());
            }
        }
    }
}
