package io.keycoord.redis.model;

import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Mode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One limit of one owner, as its provider means it, and what has been granted and charged on it. It knows nothing of how
 * the scripts count.
 */
final class OracleLimit {
    static final long NEVER = Long.MAX_VALUE;

    /** What was reserved, from when on, and what of it came to count; a debt counts when it becomes known. */
    static final class Charge {
        final long at;
        final long reserved;
        /** What it must find room for: nothing beyond what it counts, if it ended before it began. */
        long asked;

        long counted;
        final boolean debt;

        /** When it burdens a bucket: a debt comes after what was promised before it was known. */
        long from;

        Charge(long at, long reserved, long counted, boolean debt) {
            this.at = at;
            this.reserved = reserved;
            this.asked = reserved;
            this.counted = counted;
            this.debt = debt;
            this.from = at;
        }

        void used(long amount, long now) {
            counted = amount;
            asked = now < at ? amount : asked;
        }
    }

    final String dimension;
    private final RateLimit limit;
    private final long unit;
    private final long period;
    private final List<Charge> charges = new ArrayList<>();
    private long arrival;

    OracleLimit(String dimension, RateLimit limit) {
        this.dimension = dimension;
        this.limit = limit;
        this.unit = limit.window().toDays() >= 1 ? 1000 : 1;
        this.period = limit.window().toNanos() / 1000 / unit;
    }

    RateLimit limit() {
        return limit;
    }

    private long time(long cost) {
        return ceilDiv(cost * period, limit.amount());
    }

    /**
     * For limits without jitter that are no sliding windows: the first instant from {@code from} on that has room, and for a
     * call that leaves something to others has so much left after it, or as much as the call can leave.
     */
    long earliest(long cost, long from, long percentLeft) {
        if (cost == 0 && dimension.equals("money")) {
            return from;
        }
        if (limit.mode() == Mode.BUCKET) {
            long over = time(cost) - time(limit.burst());
            long left = cost == 0 ? 0 : Math.min(-over, time(limit.burst()) * percentLeft / 100);
            return over > 0 ? NEVER : Math.max(from, (arrival + over + left) * unit);
        }
        if (cost > limit.amount()) {
            return NEVER;
        }
        long left = cost == 0 ? 0 : Math.min(limit.amount() - cost, limit.amount() * percentLeft / 100);
        long window = window(from);
        while (inWindow(window) + cost + left > limit.amount()) {
            window++;
        }
        return Math.max(from, windowStart(window));
    }

    Charge charge(long cost, long start) {
        return charge(new Charge(start, cost, cost, false));
    }

    Charge debt(long cost, long now) {
        return charge(new Charge(now, cost, cost, true));
    }

    private Charge charge(Charge charge) {
        if (charge.debt) {
            charge.from = charges.stream().mapToLong(other -> other.from).reduce(charge.at, Math::max);
        }
        charges.add(charge);
        arrival = Math.max(arrival, ceilDiv(charge.at, unit)) + time(charge.reserved);
        return charge;
    }

    private long window(long time) {
        if (limit.mode() == Mode.FIXED_PACIFIC_DAY) {
            return LocalDate.ofInstant(
                            Instant.ofEpochSecond(Math.floorDiv(time, 1_000_000)), ZoneId.of("America/Los_Angeles"))
                    .toEpochDay();
        }
        if (limit.mode() == Mode.FIXED_MONTH) {
            return YearMonth.from(Instant.ofEpochSecond(Math.floorDiv(time, 1_000_000))
                            .atOffset(ZoneOffset.UTC))
                    .getLong(ChronoField.PROLEPTIC_MONTH);
        }
        return Math.floorDiv(time, period * unit);
    }

    private long windowStart(long window) {
        if (limit.mode() == Mode.FIXED_MONTH) {
            YearMonth month = YearMonth.of(0, 1).plusMonths(window);
            return month.atDay(1).atStartOfDay().toEpochSecond(ZoneOffset.UTC) * 1_000_000;
        }
        if (limit.mode() == Mode.FIXED_PACIFIC_DAY) {
            return LocalDate.ofEpochDay(window)
                            .atStartOfDay(ZoneId.of("America/Los_Angeles"))
                            .toInstant()
                            .atOffset(ZoneOffset.UTC)
                            .toEpochSecond()
                    * 1_000_000;
        }
        return window * period * unit;
    }

    private long inWindow(long window) {
        return charges.stream()
                .filter(charge -> window(charge.at) == window)
                .mapToLong(charge -> charge.counted)
                .sum();
    }

    private long jitter() {
        return limit.arrivalJitter().toNanos() / 1000;
    }

    /**
     * How many grants went beyond the limit in some interval, when each request arrived up to the jitter late and counted
     * what it used. Debts are what nobody could have known; they count against later grants only.
     */
    int overIssues() {
        List<Charge> grants = grants();
        int found = 0;
        for (int last = 0; last < grants.size(); last++) {
            if (isFree(grants.get(last))) {
                continue;
            }
            found += excess(grants, last) > 0 ? 1 : 0;
        }
        return found;
    }

    /** By how much the worst grant went beyond the limit in some interval; zero or less if none did. */
    long worstExcess() {
        List<Charge> grants = grants();
        long worst = 0;
        for (int last = 0; last < grants.size(); last++) {
            worst = Math.max(worst, isFree(grants.get(last)) ? 0 : excess(grants, last));
        }
        return worst;
    }

    private List<Charge> grants() {
        return charges.stream()
                .filter(charge -> !charge.debt)
                .sorted(Comparator.comparingLong(charge -> charge.at))
                .toList();
    }

    private long excess(List<Charge> grants, int last) {
        return limit.mode().isFixed() ? overWindow(grants, last) : overInterval(grants, last);
    }

    /** No limit of money holds up what costs nothing. */
    private boolean isFree(Charge charge) {
        return charge.asked == 0 && dimension.equals("money");
    }

    private long overInterval(List<Charge> grants, int last) {
        long sum = 0;
        long worst = 0;
        for (int first = last; first >= 0; first--) {
            sum += first == last ? grants.get(first).asked : grants.get(first).counted;
            long span = Math.max(0, grants.get(last).at - grants.get(first).at - jitter());
            worst = Math.max(worst, sum - allowed(span));
        }
        return worst;
    }

    /** In any closed interval of that length; a bucket may round by one unit of time. */
    private long allowed(long span) {
        if (limit.mode() == Mode.BUCKET) {
            return limit.burst() + Math.floorDiv((span + unit) * limit.amount(), period * unit);
        }
        return span < period * unit ? limit.amount() : Long.MAX_VALUE;
    }

    private long overWindow(List<Charge> grants, int last) {
        long worst = 0;
        for (long window : new long[] {window(grants.get(last).at), window(grants.get(last).at + jitter())}) {
            long sum = 0;
            for (int i = 0; i <= last; i++) {
                Charge charge = grants.get(i);
                boolean within = window(charge.at) <= window && window(charge.at + jitter()) >= window;
                sum += within ? i == last ? charge.asked : charge.counted : 0;
            }
            worst = Math.max(worst, sum - limit.amount());
        }
        return worst;
    }

    /**
     * How many grants a bucket would have refused that had charged each call with what it used, at its start, and debts
     * when they became known: the safe refund must never give more.
     */
    int refusedByBucketThatKnew() {
        if (limit.mode() != Mode.BUCKET) {
            return 0;
        }
        List<Charge> all = charges.stream()
                .sorted(Comparator.comparingLong(charge -> charge.from))
                .toList();
        long base = all.isEmpty() ? 0 : all.get(0).from;
        long scaled = 0;
        int refused = 0;
        for (Charge charge : all) {
            long now = (charge.from - base) * limit.amount();
            long level = Math.max(0, scaled - now) + charge.asked * period * unit;
            if (!charge.debt && !isFree(charge) && level > limit.burst() * period * unit + limit.amount() * unit) {
                refused++;
            }
            scaled = Math.max(scaled, now) + charge.counted * period * unit;
        }
        return refused;
    }

    private static long ceilDiv(long dividend, long divisor) {
        return -Math.floorDiv(-dividend, divisor);
    }
}
