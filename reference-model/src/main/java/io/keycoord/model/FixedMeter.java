package io.keycoord.model;

import java.util.List;

/**
 * Counts of the present window and of the next one. What is granted so late in a window that it may arrive in the next
 * counts in both.
 */
final class FixedMeter implements Meter {
    private final Fields fields;
    private final ModelLimit limit;
    private final String window;
    private final String used;
    private final String next;

    FixedMeter(Fields fields, ModelLimit limit) {
        this.fields = fields;
        this.limit = limit;
        this.window = limit.name() + "_window";
        this.used = limit.name() + "_used";
        this.next = limit.name() + "_next";
    }

    private long usedIn(long index) {
        long known = fields.number(window);
        if (index == known) {
            return fields.number(used);
        }
        return index == known + 1 ? fields.number(next) : 0;
    }

    private boolean straddles(long index, long time) {
        return limit.jitter() > 0 && time + limit.jitter() >= Windows.start(limit, index + 1);
    }

    @Override
    public long earliest(long cost, long time, long percentLeft) {
        boolean leaves = cost > 0 && limit.possible(cost);
        return earliest(leaves ? Math.min(limit.limit(), cost + limit.limit() * percentLeft / 100) : cost, time);
    }

    @Override
    public long earliest(long cost, long time) {
        if (!limit.possible(cost)) {
            return NEVER;
        }
        long at = time / limit.unit();
        long index = Windows.index(limit, at);
        long room = limit.limit() - cost;
        boolean nextHasRoom = usedIn(index + 1) <= room;
        if (usedIn(index) <= room && (!straddles(index, at) || nextHasRoom)) {
            return time;
        }
        return Math.max(time, Windows.start(limit, nextHasRoom ? index + 1 : index + 2) * limit.unit());
    }

    private long roll(long current) {
        long index = Windows.index(limit, current);
        if (fields.number(window) >= index) {
            return fields.number(window);
        }
        fields.set(used, usedIn(index));
        fields.set(next, 0);
        fields.set(window, index);
        return index;
    }

    private void add(String field, long cost) {
        fields.set(field, Math.max(0, fields.number(field) + cost));
    }

    @Override
    public long charge(long units, long start, long now, long eighths) {
        long cost = Numbers.ceilDiv(units * ModelPace.ALL, eighths);
        long present = roll(now / limit.unit());
        long index = Windows.index(limit, start / limit.unit());
        boolean both = index == present && straddles(index, start / limit.unit());
        if (index == present) {
            add(used, cost);
        }
        if (both || index == present + 1) {
            add(next, cost);
        }
        return index * 2 + (both ? 1 : 0);
    }

    @Override
    public void refund(long units, long stamp, long now, long eighths) {
        long cost = units * ModelPace.ALL / eighths;
        long present = roll(now / limit.unit());
        long index = stamp / 2;
        boolean both = stamp % 2 == 1;
        if (index == present || (both && index == present - 1)) {
            add(used, -cost);
        }
        if (index == present + 1 || (both && index == present)) {
            add(next, -cost);
        }
    }

    @Override
    public void noMoreThan(long left, long then, long now) {
        long present = roll(now / limit.unit());
        if (Windows.index(limit, then / limit.unit()) == present) {
            fields.set(used, Math.max(fields.number(used), limit.whole() - left));
        }
    }

    @Override
    public void clear() {
        List.of(window, used, next).stream().filter(fields::has).forEach(field -> fields.set(field, 0));
    }

    @Override
    public long left(long now) {
        return Math.max(0, limit.limit() - usedIn(Windows.index(limit, now / limit.unit())));
    }
}
