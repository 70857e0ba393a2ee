package io.keycoord.model;

import java.util.List;

/** GCRA: one arrival time, what has been given back so far, and the reservation that lies ahead. */
final class BucketMeter implements Meter {
    private static final long WRAP = 1L << 51;

    private final Fields fields;
    private final ModelLimit limit;
    private final String tat;
    private final String back;

    BucketMeter(Fields fields, ModelLimit limit) {
        this.fields = fields;
        this.limit = limit;
        this.tat = limit.name() + "_tat";
        this.back = limit.name() + "_back";
    }

    /** What has been given back so far; the last reserved start ahead and the gap that refunds must leave alone until then. */
    private record Given(long back, long start, long slack) {
        String text() {
            return start == 0 ? Long.toString(back) : back + " " + start + " " + slack;
        }
    }

    private Given given(long current) {
        String[] words = fields.text(back).split(" ", -1);
        long given = words[0].isEmpty() ? 0 : Long.parseLong(words[0]);
        if (words.length < 3 || Long.parseLong(words[1]) <= current) {
            return new Given(given, 0, Long.MAX_VALUE);
        }
        return new Given(given, Long.parseLong(words[1]), Long.parseLong(words[2]));
    }

    @Override
    public long earliest(long cost, long time) {
        if (!limit.possible(cost)) {
            return NEVER;
        }
        long conforming = fields.number(tat) + limit.increment(cost) - limit.tolerance();
        return Math.max(time, conforming * limit.unit());
    }

    @Override
    public long earliest(long cost, long time, long percentLeft) {
        if (cost == 0 || !limit.possible(cost)) {
            return earliest(cost, time);
        }
        long full = fields.number(tat) + limit.increment(cost) - limit.tolerance();
        long free = limit.tolerance() - limit.increment(cost);
        return Math.max(time, (full + Math.min(free, limit.tolerance() * percentLeft / 100)) * limit.unit());
    }

    @Override
    public long charge(long cost, long start, long now, long eighths) {
        long at = Numbers.ceilDiv(start, limit.unit());
        long current = Numbers.ceilDiv(now, limit.unit());
        long before = fields.number(tat);
        Given given = given(current);
        if (at > current) {
            long gap = Math.min(Math.max(0, before - at), given.slack);
            fields.set(back, new Given(given.back, Math.max(given.start, at), gap).text());
        }
        long after = Math.max(before, at) + Numbers.ceilDiv(limit.increment(cost) * ModelPace.ALL, eighths);
        fields.set(tat, after);
        return after + given.back;
    }

    @Override
    public void refund(long cost, long stamp, long now, long eighths) {
        long current = Numbers.ceilDiv(now, limit.unit());
        long before = fields.number(tat);
        Given given = given(current);
        long still = stamp - given.back - current;
        still = still > WRAP / 2 ? still - WRAP : still;
        long worth = Math.multiplyExact(cost, limit.period()) / limit.limit() * ModelPace.ALL / eighths;
        long give = Math.min(Math.min(worth, still), Math.min(before - current, given.slack));
        if (give > 0) {
            fields.set(tat, before - give);
            fields.set(back, new Given((given.back + give) % WRAP, given.start, given.slack - give).text());
        }
    }

    /** What is given back of earlier charges from then on would be given back twice. */
    @Override
    public void noMoreThan(long left, long then, long now) {
        long full = Math.multiplyExact(limit.tolerance(), limit.limit()) / limit.period();
        if (left >= full) {
            return;
        }
        long raised = then / limit.unit() + limit.tolerance() - limit.increment(left);
        long before = fields.number(tat);
        if (raised > before) {
            long current = Numbers.ceilDiv(now, limit.unit());
            Given given = given(current);
            long back = (given.back + Math.max(0, before - current)) % WRAP;
            fields.set(this.back, new Given(back, given.start, given.slack).text());
            fields.set(tat, raised);
        }
    }

    @Override
    public void clear() {
        List.of(tat, back).stream().filter(fields::has).forEach(field -> fields.set(field, 0));
    }

    @Override
    public long left(long now) {
        long owed = Math.max(0, fields.number(tat) - now / limit.unit());
        long free = limit.tolerance() - owed;
        return free <= 0 ? 0 : Math.multiplyExact(free, limit.limit()) / limit.period();
    }
}
