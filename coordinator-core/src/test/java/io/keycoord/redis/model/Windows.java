package io.keycoord.redis.model;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/** Fixed windows, by the JDK's own calendar: index and first instant, in the unit of the limit. */
final class Windows {
    private static final ZoneId PACIFIC = ZoneId.of("America/Los_Angeles");

    private Windows() {}

    static long index(ModelLimit limit, long time) {
        if (limit.mode().equals("pacific")) {
            return LocalDate.ofInstant(Instant.ofEpochMilli(time), PACIFIC).toEpochDay();
        }
        return Math.floorDiv(time, limit.period());
    }

    static long start(ModelLimit limit, long index) {
        if (limit.mode().equals("pacific")) {
            return LocalDate.ofEpochDay(index).atStartOfDay(PACIFIC).toInstant().toEpochMilli();
        }
        return index * limit.period();
    }
}
