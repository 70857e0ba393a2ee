package io.keycoord.model;

/** Keys that stand out from their peers, as {@code lua/lib/health.lua} describes it. */
final class ModelHealth {
    private static final long EVERY = 4;
    private static final long ENOUGH = 5;

    private final ModelPool pool;

    ModelHealth(ModelPool pool) {
        this.pool = pool;
    }

    static boolean isDegraded(Owner key, long nowMs) {
        return key.number("degraded_until_ms") > nowMs;
    }

    /** Before the call is counted. */
    void settled(Owner key, String outcome, long latencyMs) {
        boolean success = outcome.equals("success");
        boolean says = success || outcome.equals("provider_failed") || outcome.equals("key_failed");
        if (key.number(success ? "calls_ok" : "calls_failed") % EVERY == 0 && says) {
            sample(key, success, latencyMs);
        }
    }

    private void sample(Owner key, boolean success, long latencyMs) {
        Fields fields = key.fields();
        if (success) {
            fields.set("p95_ms", towards(fields.text("p95_ms"), latencyMs, 128, 19, 1));
        }
        long faults = key.number("faults");
        fields.set("faults", faults + Math.floorDiv((success ? 0 : 1000) - faults, 8));
        fields.set("samples", Math.min(1000, key.number("samples") + 1));
        String slowest = fields.text("p95_ms");
        if (!slowest.isEmpty()) {
            pool.meta.set("good_p95_ms", towards(pool.meta.text("good_p95_ms"), Long.parseLong(slowest), 16, 1, 3));
        } else {
            pool.meta.set("good_p95_ms", pool.meta.text("good_p95_ms"));
        }
        pool.meta.set("good_faults", towards(pool.meta.text("good_faults"), key.number("faults"), 16, 1, 3));
        String why = isDegraded(key, pool.nowMs()) ? "" : standsOut(key);
        if (!why.isEmpty()) {
            long restMs = Long.parseLong(pool.meta.text("breaker").split(" ", -1)[2]);
            fields.set("degraded_until_ms", pool.nowMs() + restMs);
            fields.set("p95_ms", "");
            fields.set("faults", 0);
            fields.set("samples", 0);
            pool.log(key.keyId(), "DEGRADED", why, pool.nowMs() + restMs);
        }
    }

    private String standsOut(Owner key) {
        if (key.number("samples") < ENOUGH) {
            return "";
        }
        long good = pool.meta.number("good_p95_ms");
        if (key.number("p95_ms") > 3 * good && key.number("p95_ms") > good + 500) {
            return "slow";
        }
        return key.number("faults") > 200 + 3 * pool.meta.number("good_faults") ? "failing" : "";
    }

    /** A percentile, by steps for what lies above it and below it. */
    private static long towards(String estimate, long value, long share, long up, long down) {
        if (estimate.isEmpty()) {
            return value;
        }
        long before = Long.parseLong(estimate);
        long step = Math.max(1, before / share);
        return value > before ? Math.min(value, before + up * step) : Math.max(value, before - down * step);
    }
}
