package io.keycoord.simulator;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts for every key, every account and all, changed together under one lock, so that the sums always agree. It may
 * be taken while an account's lock is held, never the other way round. Safe for use by many threads.
 */
final class StatsBook {

    private final Map<String, Tally> accounts = new HashMap<>();
    private final Map<String, Tally> keys = new HashMap<>();
    private final Tally unknown = new Tally();
    private final Tally total = new Tally();
    private long keyQueries;
    private long modelQueries;

    StatsBook(List<SimulatedAccount> configured) {
        for (SimulatedAccount account : configured) {
            accounts.put(account.id(), new Tally());
            account.keys().forEach(key -> keys.put(key.id(), new Tally()));
        }
    }

    synchronized void count(KnownKey key, Consumer<Tally> change) {
        change.accept(keys.computeIfAbsent(key.id(), made -> new Tally()));
        apply(accounts.get(key.account()), change);
        change.accept(total);
    }

    synchronized void countUnknown(Consumer<Tally> change) {
        change.accept(unknown);
        change.accept(total);
    }

    synchronized void keyQueried() {
        keyQueries++;
    }

    synchronized void modelsQueried() {
        modelQueries++;
    }

    synchronized long tokensUsed(KnownKey key) {
        Tally tally = keys.get(key.id());
        return tally == null ? 0 : tally.counts().tokensUsed();
    }

    synchronized long accountTokensUsed(String account) {
        Tally tally = accounts.get(account);
        return tally == null ? 0 : tally.counts().tokensUsed();
    }

    synchronized SimulatorStats snapshot(Surroundings around) {
        return new SimulatorStats(
                around.startedMs(),
                around.nowMs(),
                total.counts(),
                counts(accounts),
                counts(keys),
                unknown.counts(),
                keyQueries,
                modelQueries,
                around.connections(),
                around.connectionsRefused(),
                around.arrivalsRecorded(),
                around.arrivalsLost());
    }

    /** What is counted elsewhere. */
    record Surroundings(
            long startedMs,
            long nowMs,
            int connections,
            long connectionsRefused,
            int arrivalsRecorded,
            long arrivalsLost) {}

    private static Map<String, SimulatorStats.Counts> counts(Map<String, Tally> tallies) {
        Map<String, SimulatorStats.Counts> counts = new HashMap<>();
        tallies.forEach((id, tally) -> counts.put(id, tally.counts()));
        return counts;
    }

    private static void apply(@Nullable Tally tally, Consumer<Tally> change) {
        if (tally != null) {
            change.accept(tally);
        }
    }
}
