package io.keycoord.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What answers teach about the limits of a unit, as {@code lua/lib/learning.lua} describes it. */
final class ModelPace {
    /** Eighths of a rate that nothing slows down. */
    static final long ALL = 8;

    private static final List<Long> STEPS = List.of(1L, 2L, 4L, 6L, ALL);
    private static final long STEP_MS = 450_000;
    private static final long FRESH_MS = 60_000;

    private final ModelPool pool;

    ModelPace(ModelPool pool) {
        this.pool = pool;
    }

    private record Entry(String limit, long eighths, long since) {
        static Entry parse(String text) {
            String[] words = text.split(":", -1);
            return new Entry(words[0], Long.parseLong(words[1]), Long.parseLong(words[2]));
        }

        String text() {
            return limit + ":" + eighths + ":" + since;
        }

        long at(long nowMs) {
            int steps = STEPS.indexOf(eighths) + (int) Math.min(STEPS.size(), Math.max(0, nowMs - since) / STEP_MS);
            return STEPS.get(Math.min(STEPS.size() - 1, steps));
        }
    }

    private static List<Entry> entries(Owner unit) {
        String text = unit.text("pace");
        return text.isEmpty()
                ? List.of()
                : Arrays.stream(text.split(" ", -1)).map(Entry::parse).toList();
    }

    private static void store(Owner unit, List<Entry> entries) {
        unit.fields().set("pace", entries.stream().map(Entry::text).collect(Collectors.joining(" ")));
    }

    /** Eighths of the rate at which a limit goes now. */
    long of(Owner owner, ModelLimit limit) {
        return entries(owner).stream()
                .filter(entry -> entry.limit.equals(limit.name()))
                .map(entry -> entry.at(pool.nowMs()))
                .findFirst()
                .orElse(ALL);
    }

    /** Of all limits of a unit; of other owners none is slowed down. */
    List<Long> all(Owner owner) {
        return pool.limits(owner).stream().map(limit -> of(owner, limit)).toList();
    }

    void recover(Owner unit) {
        if (!unit.text("pace").isEmpty()) {
            store(
                    unit,
                    entries(unit).stream()
                            .filter(entry -> entry.at(pool.nowMs()) < ALL)
                            .toList());
        }
    }

    void learn(Owner unit, String learnt, long start) {
        for (String item : learnt.split(",", -1)) {
            String[] words = item.split(" ", -1);
            for (ModelLimit limit : pool.limits(unit)) {
                if (words[0].equals("slower")) {
                    halve(unit, limit, start);
                } else if (words.length == 4 && isOf(limit, words[0], Long.parseLong(words[1]))) {
                    hold(unit, limit, Long.parseLong(words[2]));
                    Meter meter = pool.meter(unit, limit);
                    meter.noMoreThan(Long.parseLong(words[3]), start, pool.now);
                    unit.fields().set(limit.name() + "_left", meter.left(pool.now));
                }
            }
        }
    }

    private static boolean isOf(ModelLimit limit, String dimension, long windowMs) {
        long window = windowMs * 1000;
        long period = limit.period() * limit.unit();
        return limit.dimension().equals(dimension)
                && !limit.name().startsWith("overall_")
                && (window == period || window == period - limit.jitter() * limit.unit());
    }

    private void halve(Owner unit, ModelLimit limit, long start) {
        boolean once = entries(unit).stream()
                .noneMatch(entry -> entry.limit.equals(limit.name()) && start / 1000 < entry.since);
        if (limit.unit() == 1 && once) {
            slow(unit, limit, stepOf(of(unit, limit) / 2));
        }
    }

    private void hold(Owner unit, ModelLimit limit, long most) {
        long eighths = stepOf(Math.min(ALL, Math.multiplyExact(8, most) / limit.whole()));
        long present = of(unit, limit);
        boolean old = entries(unit).stream()
                .anyMatch(entry -> entry.limit.equals(limit.name()) && pool.nowMs() - entry.since >= FRESH_MS);
        if (most > 0 && eighths < ALL && (eighths < present || (eighths == present && old))) {
            slow(unit, limit, eighths);
        }
    }

    private static long stepOf(long eighths) {
        return STEPS.stream().filter(step -> step <= eighths).max(Long::compare).orElse(1L);
    }

    private void slow(Owner unit, ModelLimit limit, long eighths) {
        long before = of(unit, limit);
        List<Entry> entries = new ArrayList<>(List.of(new Entry(limit.name(), eighths, pool.nowMs())));
        entries(unit).stream()
                .filter(entry -> !entry.limit.equals(limit.name()))
                .forEach(entries::add);
        store(unit, entries);
        if (eighths != before) {
            long fullMs = pool.nowMs() + (STEPS.size() - 1 - STEPS.indexOf(eighths)) * STEP_MS;
            pool.log(unit.id(), "SLOWED", limit.name() + "_at_" + eighths + "_of_8", fullMs);
        }
    }
}
