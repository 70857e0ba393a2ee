package io.keycoord.model;

import java.util.ArrayList;
import java.util.List;

/** {@code lua/present.lua}: which workers are there, and what is withheld for those that were cut off. */
final class PresenceModel {
    private static final long LAPSE_MS = 10_000;
    private static final long LONGEST_MS = 300_000;
    private static final long STALE_US = 10_000_000;
    private static final int MOST = 100;
    private static final long SHARED = 800_000;
    private static final long MOST_SHARED = 400_000;

    private final ModelPool pool;

    PresenceModel(ModelPool pool) {
        this.pool = pool;
    }

    List<String> run(List<String> args) {
        String worker = args.get(1);
        if (!args.get(2).isEmpty() && pool.now - Long.parseLong(args.get(2)) > STALE_US) {
            return pool.reply("STALE");
        }
        pool.keepStep();
        if (!pool.meta.has("look_ms")) {
            List.of("shared", "withheld", "look_ms", "share_window_ms").forEach(zero -> pool.meta.set(zero, 0));
            pool.shares.set("-", "");
        }
        long windowMs = Long.parseLong(args.get(5));
        pool.meta.set("share_window_ms", Math.max(windowMs, pool.meta.number("share_window_ms")));
        lookNow();
        long share = 0;
        if (args.get(3).equals("gone")) {
            gone(worker, windowMs);
        } else {
            long atMs =
                    args.get(2).isEmpty() ? pool.nowMs() : Math.min(pool.nowMs(), Long.parseLong(args.get(2)) / 1000);
            share = here(
                    worker,
                    atMs,
                    Long.parseLong(args.get(4)),
                    windowMs,
                    args.get(3).equals("busy"));
        }
        pool.meta.set("look_ms", nextLook());
        List<String> reply = new ArrayList<>(pool.reply("PRESENT"));
        reply.add("" + share);
        return reply;
    }

    /** What has lapsed or come back by now does so, if it is time. */
    void look() {
        long lookMs = pool.meta.number("look_ms");
        if (lookMs > 0 && lookMs <= pool.nowMs()) {
            lookNow();
            pool.meta.set("look_ms", nextLook());
        }
    }

    private void lookNow() {
        for (String worker : pool.lapsed().upTo(pool.nowMs(), MOST)) {
            long share = pool.shares.number(worker);
            pool.lapsed().remove(worker);
            forget(worker);
            withhold(-share);
            pool.log(worker, "RELEASED", share + "_millionths", 0);
        }
        for (String worker : pool.present().upTo(pool.nowMs() - LAPSE_MS, MOST)) {
            lapse(worker);
        }
    }

    private void lapse(String worker) {
        long share = pool.shares.number(worker);
        pool.present().remove(worker);
        if (share == 0) {
            pool.shares.remove(worker);
            return;
        }
        long untilMs = pool.nowMs() + LONGEST_MS + pool.meta.number("share_window_ms");
        pool.lapsed().put(worker, untilMs);
        withhold(share);
        pool.log(worker, "LAPSED", share + "_millionths_are_withheld", untilMs);
    }

    private void withhold(long more) {
        pool.meta.set("withheld", pool.withheld() + more);
    }

    private void forget(String worker) {
        pool.meta.set("shared", pool.meta.number("shared") - pool.shares.number(worker));
        pool.shares.remove(worker);
    }

    private long nextLook() {
        long lapse = pool.present().entries().stream()
                .findFirst()
                .map(entry -> entry.getValue() + LAPSE_MS)
                .orElse(Long.MAX_VALUE);
        long release = pool.lapsed().entries().stream()
                .findFirst()
                .map(entry -> entry.getValue())
                .orElse(Long.MAX_VALUE);
        long next = Math.min(lapse, release);
        return next == Long.MAX_VALUE ? 0 : next;
    }

    private void back(String worker, long windowMs, boolean busy) {
        long untilMs = pool.nowMs() + windowMs;
        if (!busy && untilMs < pool.lapsed().score(worker)) {
            pool.lapsed().put(worker, untilMs);
        }
    }

    private long here(String worker, long atMs, long believed, long windowMs, boolean busy) {
        if (pool.lapsed().holds(worker)) {
            back(worker, windowMs, busy);
            return 0;
        }
        long before = pool.shares.number(worker);
        long others = pool.meta.number("shared") - before;
        pool.present().put(worker, Math.max(pool.present().score(worker), atMs));
        long share = Math.min(MOST_SHARED, Math.min(SHARED / pool.present().size(), SHARED - others));
        long kept = Math.max(Math.min(believed, before), share);
        pool.shares.set(worker, kept);
        pool.meta.set("shared", others + kept);
        return share;
    }

    private void gone(String worker, long windowMs) {
        if (pool.lapsed().holds(worker)) {
            back(worker, windowMs, false);
        } else if (pool.present().remove(worker)) {
            forget(worker);
        }
    }
}
