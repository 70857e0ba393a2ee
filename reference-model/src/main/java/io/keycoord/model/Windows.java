package io.keycoord.model;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** Fixed windows, by the JDK's own calendar: index and first instant, in the unit of the limit. */
final class Windows {
    private static final ZoneId PACIFIC = ZoneId.of("America/Los_Angeles");

    private Windows() {}

    static long index(ModelLimit limit, long time) {
        if (limit.mode().equals("pacific")) {
            return LocalDate.ofInstant(Instant.ofEpochMilli(time), PACIFIC).toEpochDay();
        }
        if (limit.mode().equals("month")) {
            LocalDate date = LocalDate.ofInstant(Instant.ofEpochMilli(time), ZoneOffset.UTC);
            return date.getYear() * 12L + date.getMonthValue() - 1;
        }
        return Math.floorDiv(time, limit.period());
    }

    static long start(ModelLimit limit, long index) {
        if (limit.mode().equals("pacific")) {
            return LocalDate.ofEpochDay(index).atStartOfDay(PACIFIC).toInstant().toEpochMilli();
        }
        if (limit.mode().equals("month")) {
            LocalDate first = LocalDate.of(Math.toIntExact(index / 12), Math.toIntExact(index % 12) + 1, 1);
            return first.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
        }
        return index * limit.period();
    }
}
