package io.keycoord.redis.model;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What histories with faults consisted of, and what was wrong with them. */
final class ChaosCounts {
    final OracleCounts oracle = new OracleCounts();
    final List<String> findings = new ArrayList<>();
    final Map<ChaosFault, Integer> faults = new EnumMap<>(ChaosFault.class);
    final Map<String, Integer> scripts = new TreeMap<>();
    final Map<String, Integer> undated = new TreeMap<>();
    int rounds;
    int jvms;
    int pools;
    /** Branches of histories whose refusals and hints the oracle judged. */
    int plain;

    long replayed;
    long grants;
    long refusals;
    long unheard;
    long unanswered;
    long madeUnanswered;
    long unknownScripts;
    long failed;
    /** Losses by which a pool went on in another epoch, or began again. */
    int lossesSeen;

    int limits;
    int beyond;
    double worstBursts;
    long heldAgain;
    long recovered;

    void find(HistoryPool pool, String what) {
        findings.add("pool " + pool.order() + ": " + what);
    }

    void struck(ChaosFault fault) {
        faults.merge(fault, 1, Integer::sum);
    }

    void bound(HistoryPool pool, OracleOwner owner, OracleLimit limit, long worst, long allowed, long burst) {
        limits++;
        if (worst > 0) {
            beyond++;
            worstBursts = Math.max(worstBursts, (double) worst / burst);
        }
        if (worst > allowed) {
            find(
                    pool,
                    "over-issue across losses: " + owner.id + " " + limit.dimension + " " + limit.limit() + ": " + worst
                            + " beyond the limit, allowed are " + allowed);
        }
    }

    void count(ChaosCall call) {
        replayed++;
        scripts.merge(call.script(), 1, Integer::sum);
        for (HistoryCall part : call.calls()) {
            switch (part.status()) {
                case "GRANTED" -> grants++;
                case "DENIED" -> refusals++;
                case "HELD" ->
                    heldAgain += part.reply().get(5).isEmpty()
                            ? 0
                            : part.reply().get(5).split(",", -1).length;
                default -> {
                    // Counted as a script.
                }
            }
        }
        recovered += call.status().equals("RECOVERED") ? 1 : 0;
    }

    long decisions() {
        return grants + refusals;
    }

    @Override
    public String toString() {
        return String.format(
                "%d rounds, %,d worker JVMs, %d pools: %,d decisions (%,d grants) in %,d calls %s; faults %s; %,d replies unheard,"
                        + " %d calls without an answer, %d of them made; replies of no instant %s; %d losses of a pool, %,d calls to"
                        + " recover, %,d leases held again; findings %d; over-issues %d, false refusals %d, late hints %d"
                        + " (refusals judged in %d branches); across losses %d of %d limits passed, by %.2f bursts at most",
                rounds,
                jvms,
                pools,
                decisions(),
                grants,
                replayed,
                scripts,
                faults,
                unheard,
                unanswered,
                madeUnanswered,
                undated,
                lossesSeen,
                recovered,
                heldAgain,
                findings.size(),
                oracle.objections("over-issue"),
                oracle.objections("false refusal"),
                oracle.objections("late hint"),
                plain,
                beyond,
                limits,
                worstBursts);
    }
}
