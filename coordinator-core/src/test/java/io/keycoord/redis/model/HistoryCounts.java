package io.keycoord.redis.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What histories consisted of, and what was wrong with them. */
final class HistoryCounts {
    final OracleCounts oracle = new OracleCounts();
    final List<String> differences = new ArrayList<>();
    private final Set<String> asked = new HashSet<>();
    private final Set<String> granted = new HashSet<>();
    private final Set<String> settled = new HashSet<>();
    int jvms;
    int killed;
    /** Calls of killed workers whose replies nobody saw, and those that did not reach the server. */
    int unheard;

    int unmade;
    long calls;
    long grants;
    long refusals;
    long stale;
    long settlements;
    long late;
    long renewals;
    long repeatedAcquires;
    long repeatedSettlements;

    void differ(HistoryPool pool, String how) {
        differences.add("pool " + pool.order() + ": " + how);
    }

    /** Grants, each counted once, and refusals. */
    long decisions() {
        return grants + refusals;
    }

    void count(HistoryCall call) {
        calls++;
        String lease = call.pool() + " " + call.lease();
        switch (call.verb()) {
            case ACQUIRE -> acquired(call.status(), lease);
            case SETTLE -> settled(call.status(), lease);
            default -> renewals++;
        }
    }

    private void acquired(String status, String lease) {
        repeatedAcquires += asked.add(lease) ? 0 : 1;
        grants += status.equals("GRANTED") && granted.add(lease) ? 1 : 0;
        refusals += status.equals("DENIED") ? 1 : 0;
        stale += status.equals("STALE") ? 1 : 0;
    }

    private void settled(String status, String lease) {
        repeatedSettlements += settled.add(lease) ? 0 : 1;
        settlements += status.equals("SETTLED") ? 1 : 0;
        late += status.equals("LATE") ? 1 : 0;
    }

    /** Forgets the leases of pools that are gone. */
    void forget() {
        asked.clear();
        granted.clear();
        settled.clear();
    }

    int objections() {
        return differences.size() + oracle.objections.size();
    }

    @Override
    public String toString() {
        return String.format(
                "%,d decisions in %,d calls of %d worker JVMs, %d of them killed (%d replies unheard, %d calls unmade):"
                        + " %,d grants, %,d refusals, %,d stale; %,d settlements, %,d late; %,d renewals;"
                        + " duplicates: %,d acquires, %,d settlements; differences from the model %d;"
                        + " over-issues %d, false refusals %d, late hints %d, others %d in %d pools",
                decisions(),
                calls,
                jvms,
                killed,
                unheard,
                unmade,
                grants,
                refusals,
                stale,
                settlements,
                late,
                renewals,
                repeatedAcquires,
                repeatedSettlements,
                differences.size(),
                oracle.objections("over-issue"),
                oracle.objections("false refusal"),
                oracle.objections("late hint"),
                oracle.objections.size()
                        - oracle.objections("over-issue")
                        - oracle.objections("false refusal")
                        - oracle.objections("late hint"),
                oracle.histories);
    }
}
