package io.keycoord.model;

/** The breaker of a key, as {@code lua/lib/breaker.lua} describes it. */
final class ModelBreaker {
    private final ModelPool pool;

    ModelBreaker(ModelPool pool) {
        this.pool = pool;
    }

    /** What a settlement says about its key. */
    record Result(
            String outcome,
            String failure,
            String why,
            boolean probe,
            boolean current,
            boolean outdated,
            boolean elsewhere,
            long jitter) {
        boolean isRefusal(String word) {
            return outcome.equals("key_failed") && failure.equals(word);
        }

        boolean blamesKey() {
            return outcome.equals("key_failed") || (outcome.equals("provider_failed") && elsewhere);
        }
    }

    long windowMs() {
        return policy(1);
    }

    private long policy(int word) {
        return Long.parseLong(pool.meta.text("breaker").split(" ", -1)[word]);
    }

    String settle(Owner key, Result result) {
        boolean dead = result.isRefusal("dead");
        if (dead && (key.state().equals("DISABLED") || result.outdated)) {
            return "NONE";
        }
        boolean counts = result.probe || (key.state().equals("CLOSED") && result.current);
        boolean told = false;
        if (dead || (result.isRefusal("suspect") && counts)) {
            boolean first = !pool.refused.holds(key.keyId());
            if (first) {
                pool.refused.put(key.keyId(), pool.nowMs());
            }
            told = first && isMost(refusedWith(key)) && !isMost(refusedWith(key) - 1);
        }
        if (dead && !isMost(refusedWith(key))) {
            change(key, "DISABLED", result.why, 0);
            return "DISABLED";
        }
        if (!counts) {
            return "NONE";
        }
        String change = result.probe ? probed(key, result) : called(key, result);
        return told ? "MOST_REFUSED" : change;
    }

    /** How many keys were first refused within a minute of this one. */
    private long refusedWith(Owner key) {
        long since = pool.refused.score(key.keyId());
        return pool.refused.entries().stream()
                .filter(other -> Math.abs(other.getValue() - since) <= 60_000)
                .count();
    }

    private boolean isMost(long refused) {
        long keys = pool.owners.keySet().stream()
                .filter(name -> name.startsWith("key:"))
                .count();
        return refused > 1 && refused > keys / 2.0;
    }

    private String called(Owner key, Result result) {
        if (result.blamesKey()) {
            return failed(key, result);
        }
        if (result.outcome.equals("success")) {
            succeeded(key);
        }
        return "NONE";
    }

    private String probed(Owner key, Result result) {
        if (result.outcome.equals("success") || result.outcome.equals("rate_limited")) {
            change(key, "CLOSED", "recovered", 0);
            forget(key);
            return "CLOSED";
        }
        if (result.blamesKey()) {
            return open(key, result);
        }
        probeLost(key);
        return "NONE";
    }

    /** An operator has put the key into this state. */
    void operated(Owner key, String state) {
        change(key, state, "operator", 0);
        if (state.equals("CLOSED")) {
            forget(key);
            key.fields().set("trips", 0);
        }
    }

    /** The key has another secret from now on. */
    void rotated(Owner key, String state) {
        operated(key, state);
        forget(key);
        key.fields().set("trips", 0);
        key.fields().set("secret_gen", key.number("gen"));
    }

    /** A health check has found the key to be good. */
    void revived(Owner key) {
        change(key, "CLOSED", "health_check", 0);
        forget(key);
    }

    private void forget(Owner key) {
        pool.refused.remove(key.keyId());
        key.fields().set("errors", "");
        key.fields().set("oks", "");
        key.fields().set("errors_in_window", 0);
        key.fields().set("consecutive", 0);
    }

    void probe(Owner key, String lease) {
        key.fields().set("state", "HALF_OPEN");
        key.fields().set("probe", lease);
    }

    void probeLost(Owner key) {
        key.fields().set("state", "OPEN");
        key.fields().set("until_ms", pool.nowMs());
        key.fields().set("probe", "");
    }

    private void change(Owner key, String state, String why, long untilMs) {
        key.fields().set("state", state);
        key.fields().set("why", why);
        key.fields().set("since_ms", pool.nowMs());
        key.fields().set("until_ms", untilMs);
        key.fields().set("gen", key.number("gen") + 1);
        key.fields().set("probe", "");
        if (!state.equals("CLOSED")) {
            pool.lose();
        }
    }

    private String open(Owner key, Result result) {
        long longest = policy(3);
        boolean longHealthy = key.state().equals("CLOSED") && pool.nowMs() - key.number("since_ms") > longest;
        long trips = longHealthy ? 0 : key.number("trips");
        long rest = Math.min(longest, policy(2) << Math.min(trips, 30));
        key.fields().set("trips", trips + 1);
        change(key, "OPEN", result.why, pool.nowMs() + Numbers.ceilDiv(rest * result.jitter, 1000));
        return "OPENED";
    }

    private long slot() {
        return pool.nowMs() / Numbers.ceilDiv(windowMs(), SlotCounts.SLOTS);
    }

    private void succeeded(Owner key) {
        boolean rated = policy(5) > 0;
        if (!rated && key.number("errors_in_window") == 0) {
            return;
        }
        key.fields().set("consecutive", 0);
        SlotCounts errors = SlotCounts.of(key.text("errors"), slot(), 0);
        key.fields().set("errors", errors.text());
        key.fields().set("errors_in_window", errors.total());
        if (rated) {
            key.fields().set("oks", SlotCounts.of(key.text("oks"), slot(), 1).text());
        }
    }

    private String failed(Owner key, Result result) {
        SlotCounts errors = SlotCounts.of(key.text("errors"), slot(), 1);
        long calls = errors.total() + SlotCounts.of(key.text("oks"), slot(), 0).total();
        long row = key.number("consecutive") + 1;
        key.fields().set("errors", errors.text());
        key.fields().set("errors_in_window", errors.total());
        key.fields().set("consecutive", row);
        boolean tooMany = errors.total() >= policy(0);
        boolean tooOften = policy(5) > 0 && calls >= policy(4) && errors.total() * 1000 >= policy(5) * calls;
        boolean inRow = policy(6) > 0 && row >= policy(6);
        boolean refused = result.isRefusal("suspect") || result.isRefusal("dead");
        return tooMany || tooOften || inRow || refused ? open(key, result) : "NONE";
    }
}
