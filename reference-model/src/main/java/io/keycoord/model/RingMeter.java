package io.keycoord.model;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A sliding window in sixty slots, each counted whole until its last instant is one period old. */
final class RingMeter implements Meter {
    private final Fields windows;
    private final String field;
    private final ModelLimit limit;
    private final long width;

    RingMeter(Fields windows, String field, ModelLimit limit) {
        this.windows = windows;
        this.field = field;
        this.limit = limit;
        this.width = Numbers.ceilDiv(limit.period(), 60L);
    }

    static void forget(Fields windows, String field) {
        if (windows.has(field)) {
            windows.set(field, "");
        }
    }

    private NavigableMap<Long, Long> slots() {
        NavigableMap<Long, Long> slots = new TreeMap<>();
        for (String entry : windows.text(field).split(" ", -1)) {
            int colon = entry.indexOf(':');
            if (colon > 0) {
                slots.put(Long.parseLong(entry.substring(0, colon)), Long.parseLong(entry.substring(colon + 1)));
            }
        }
        return slots;
    }

    private long exit(long slot) {
        return (slot + 1) * width + limit.period();
    }

    private void change(long slot, long by, long current) {
        NavigableMap<Long, Long> slots = slots();
        if (by > 0 || slots.containsKey(slot)) {
            slots.merge(slot, by, Long::sum);
        }
        slots.entrySet().removeIf(entry -> entry.getValue() <= 0 || exit(entry.getKey()) <= current);
        windows.set(
                field,
                slots.entrySet().stream()
                        .map(entry -> entry.getKey() + ":" + entry.getValue())
                        .collect(Collectors.joining(" ")));
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
        long newer = 0;
        for (Map.Entry<Long, Long> slot : slots().descendingMap().entrySet()) {
            newer += slot.getValue();
            if (newer > limit.limit() - cost) {
                return Math.max(time, exit(slot.getKey()) * limit.unit());
            }
        }
        return time;
    }

    @Override
    public long charge(long cost, long start, long now, long eighths) {
        long slot = Numbers.ceilDiv(start, limit.unit()) / width;
        change(slot, Numbers.ceilDiv(cost * ModelPace.ALL, eighths), now / limit.unit());
        return slot;
    }

    @Override
    public void refund(long cost, long stamp, long now, long eighths) {
        change(stamp, -(cost * ModelPace.ALL / eighths), now / limit.unit());
    }

    @Override
    public void clear() {
        forget(windows, field);
    }

    @Override
    public long left(long now) {
        long current = now / limit.unit();
        long used = slots().entrySet().stream()
                .filter(slot -> exit(slot.getKey()) > current)
                .mapToLong(Map.Entry::getValue)
                .sum();
        return Math.max(0, limit.limit() - used);
    }
}
