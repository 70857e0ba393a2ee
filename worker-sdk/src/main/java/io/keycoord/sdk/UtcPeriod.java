package io.keycoord.sdk;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/** The periods of budgets: they begin at midnight UTC, weeks on Monday. */
enum UtcPeriod {
    DAILY,
    WEEKLY,
    MONTHLY;

    /** The period whose word, such as {@code daily}, fits. */
    static Optional<UtcPeriod> of(Predicate<String> word) {
        return Arrays.stream(values())
                .filter(period -> word.test(period.word()))
                .findFirst();
    }

    private String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** How long it lasts from now on. */
    Duration untilEnd(Instant now) {
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        LocalDate next = switch (this) {
            case DAILY -> today.plusDays(1);
            case WEEKLY -> today.with(TemporalAdjusters.next(DayOfWeek.MONDAY));
            case MONTHLY -> today.with(TemporalAdjusters.firstDayOfNextMonth());
        };
        return Duration.between(now, next.atStartOfDay(ZoneOffset.UTC));
    }
}
