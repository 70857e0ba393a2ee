package io.keycoord.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Endpoints that rest, as {@code lua/lib/outage.lua} describes it. */
final class ModelOutages {
    private static final String SEVERAL = "*";
    private static final String NONE = "-";

    private final ModelPool pool;

    ModelOutages(ModelPool pool) {
        this.pool = pool;
    }

    /** One endpoint's. */
    record Outage(
            String state, long untilMs, long sinceMs, long row, long trips, String account, String probe, String why) {

        boolean is(String other) {
            return state.equals(other);
        }

        String text() {
            return String.join(" ", state, "" + untilMs, "" + sinceMs, "" + row, "" + trips, account, probe, why);
        }

        Outage turned(String to, long since, String probeNow) {
            return new Outage(to, untilMs, since, row, trips, account, probeNow, why);
        }

        Outage until(long until, long since, String reason) {
            return new Outage(state, until, since, row, trips, account, probe, reason);
        }
    }

    /** What a settlement says about the endpoint. */
    record Result(String lease, String outcome, String account, String why, long jitter) {}

    /** What changed for the endpoint, and until when it rests; null if nothing did. */
    record Change(String what, long untilMs) {}

    @Nullable
    Outage read(String endpoint) {
        String text = pool.outages.text(endpoint);
        if (text.isEmpty() || pool.meta.number("outages_ms") <= pool.nowMs()) {
            return null;
        }
        String[] words = text.split(" ", -1);
        return new Outage(
                words[0],
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]),
                words[5],
                words[6],
                words[7]);
    }

    private void write(String endpoint, Outage outage, long horizonMs) {
        pool.outages.set(endpoint, outage.text());
        if (horizonMs > pool.meta.number("outages_ms")) {
            pool.meta.set("outages_ms", horizonMs);
        }
    }

    private void log(String endpoint, String what, String why, long untilMs) {
        pool.log("endpoint:" + endpoint, what, why, untilMs);
    }

    private long policy(int word) {
        return Long.parseLong(pool.meta.text("breaker").split(" ", -1)[word]);
    }

    /** From when on it may be called; 0 if the next lease is its probe, -1 if nothing is known against it. */
    long opens(@Nullable Outage outage) {
        if (outage == null || outage.is("FAILING")) {
            return -1;
        }
        if (outage.is("HALF_OPEN")) {
            boolean underWay = pool.leases.holds(outage.probe) && pool.leases.score(outage.probe) > pool.nowMs();
            return underWay ? Meter.EVENT : 0;
        }
        return outage.untilMs > pool.nowMs() ? outage.untilMs * 1000 : outage.is("OPEN") ? 0 : -1;
    }

    void probe(String endpoint, Outage outage, String lease) {
        write(endpoint, outage.turned("HALF_OPEN", pool.nowMs(), lease), 0);
        log(endpoint, "HALF_OPEN", "probe", 0);
    }

    static boolean isCommon(@Nullable Outage outage, String account) {
        return outage != null && !outage.account.equals(NONE) && !outage.account.equals(account);
    }

    @Nullable
    Change settle(String endpoint, @Nullable Outage outage, Result result) {
        boolean counts = outage == null || outage.is("FAILING") || outage.is("BLOCKED");
        if (outage != null && outage.is("HALF_OPEN") && outage.probe.equals(result.lease)) {
            return probed(endpoint, outage, result);
        }
        if (result.outcome.equals("provider_failed") && counts) {
            return count(endpoint, outage, result);
        }
        if (result.outcome.equals("success") && outage != null && counts) {
            end(endpoint, outage);
        }
        return null;
    }

    private @Nullable Change probed(String endpoint, Outage outage, Result result) {
        switch (result.outcome) {
            case "provider_failed" -> {
                return open(endpoint, outage, result);
            }
            case "success", "rate_limited", "caller_fault" -> {
                pool.outages.remove(endpoint);
                log(endpoint, "CLOSED", "recovered", 0);
                return new Change("ENDPOINT_CLOSED", 0);
            }
            default -> {
                Outage due = outage.turned("OPEN", outage.sinceMs, NONE);
                write(endpoint, due.until(pool.nowMs(), outage.sinceMs, outage.why), 0);
                return null;
            }
        }
    }

    private static Outage fresh() {
        return new Outage("FAILING", 0, 0, 0, 0, NONE, NONE, "");
    }

    private @Nullable Change count(String endpoint, @Nullable Outage known, Result result) {
        Outage before = known == null ? fresh() : known;
        boolean over = pool.nowMs() - before.sinceMs > policy(1);
        boolean alone = over || List.of(NONE, result.account).contains(before.account);
        Outage now = new Outage(
                before.state,
                before.untilMs,
                pool.nowMs(),
                over ? 1 : before.row + 1,
                before.trips,
                alone ? result.account : SEVERAL,
                NONE,
                result.why);
        if (now.row >= policy(0) * (now.account.equals(SEVERAL) ? 2 : 3)) {
            return open(endpoint, now, result);
        }
        write(endpoint, now, Math.max(now.untilMs, pool.nowMs() + policy(1)));
        return null;
    }

    /** A row; a pause that the provider has named stands. */
    private void end(String endpoint, Outage outage) {
        if (outage.untilMs <= pool.nowMs()) {
            pool.outages.remove(endpoint);
        } else if (outage.row > 0) {
            write(
                    endpoint,
                    new Outage(
                            outage.state,
                            outage.untilMs,
                            outage.sinceMs,
                            0,
                            outage.trips,
                            NONE,
                            outage.probe,
                            outage.why),
                    0);
        }
    }

    private Change open(String endpoint, Outage outage, Result result) {
        long coolDown = policy(2);
        long rest = Numbers.ceilDiv(coolDown, 16);
        for (long trip = 0; trip < outage.trips && rest < coolDown; trip++) {
            rest *= 2;
        }
        long until = Math.max(
                outage.untilMs, pool.nowMs() + Numbers.ceilDiv(Math.min(coolDown, rest) * result.jitter, 1000));
        write(
                endpoint,
                new Outage("OPEN", until, pool.nowMs(), outage.row, outage.trips + 1, outage.account, NONE, result.why),
                until + policy(3));
        log(endpoint, "OPENED", result.why, until);
        return new Change("ENDPOINT_OPENED", until);
    }

    @Nullable
    Change block(String endpoint, long untilMs, String why) {
        Outage known = read(endpoint);
        Outage outage = known == null ? fresh() : known;
        if (outage.untilMs >= untilMs) {
            return null;
        }
        if (outage.is("FAILING")) {
            outage = outage.turned("BLOCKED", 0, NONE);
        } else if (outage.is("HALF_OPEN")) {
            outage = outage.turned("OPEN", 0, NONE);
        }
        write(endpoint, outage.until(untilMs, pool.nowMs(), why), untilMs + (outage.is("OPEN") ? policy(3) : 0));
        log(endpoint, "BLOCKED", why, untilMs);
        return new Change("ENDPOINT_BLOCKED", untilMs);
    }
}
