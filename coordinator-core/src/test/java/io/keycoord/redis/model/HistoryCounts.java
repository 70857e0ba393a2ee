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
    /** Refusals after which the caller waits for an event, and callers who gave that up. */
    long waits;

    long left;
    /** Refusals because a model rests, and settlements that told what the provider has left. */
    long atEndpoints;

    long learnt;
    long repeatedAcquires;
    long repeatedSettlements;

    void differ(HistoryPool pool, String how) {
        differences.add("pool " + pool.order() + ": " + how);
    }

    /** How much was wrong so far. */
    int findings() {
        return differences.size() + oracle.objections.size();
    }

    /** Grants, each counted once, and refusals. */
    long decisions() {
        return grants + refusals;
    }

    void count(HistoryCall call) {
        calls++;
        String lease = call.pool() + " " + call.lease();
        switch (call.verb()) {
            case ACQUIRE -> acquired(call, lease);
            case SETTLE -> settled(call, lease);
            case LEAVE -> left++;
            default -> renewals++;
        }
        waits += call.waits() ? 1 : 0;
    }

    private void acquired(HistoryCall call, String lease) {
        String status = call.status();
        atEndpoints += status.equals("DENIED") && call.reply().get(4).equals("ENDPOINT") ? 1 : 0;
        repeatedAcquires += asked.add(lease) ? 0 : 1;
        grants += status.equals("GRANTED") && granted.add(lease) ? 1 : 0;
        refusals += status.equals("DENIED") ? 1 : 0;
        stale += status.equals("STALE") ? 1 : 0;
    }

    private void settled(HistoryCall call, String lease) {
        String status = call.status();
        learnt += status.equals("SETTLED") && call.isLearnt() ? 1 : 0;
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
                        + " %,d waits, %,d given up; %,d refusals of resting models, %,d settlements with limits;"
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
                waits,
                left,
                atEndpoints,
                learnt,
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
