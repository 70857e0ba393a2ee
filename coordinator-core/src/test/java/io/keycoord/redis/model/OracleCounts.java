package io.keycoord.redis.model;

import java.util.ArrayList;
import java.util.List;

/** What the oracle has seen and what it objects to. */
final class OracleCounts {
    int histories;
    int grants;
    int denials;
    int reservations;
    int settlements;
    int probes;
    int exactHints;
    int lowerHints;
    int waits;
    int holds;
    final List<String> objections = new ArrayList<>();

    void object(String what) {
        objections.add(what);
    }

    long objections(String kind) {
        return objections.stream().filter(text -> text.startsWith(kind)).count();
    }

    @Override
    public String toString() {
        return String.format(
                "%,d histories: %,d grants (%,d ahead, %,d probes), %,d denials (%,d hints exact, %,d lower bounds, %,d waited"
                        + " out), %,d settlements, %,d answers while slots were held; over-issues %d, false refusals %d, late hints %d, others %d",
                histories,
                grants,
                reservations,
                probes,
                denials,
                exactHints,
                lowerHints,
                waits,
                settlements,
                holds,
                objections("over-issue"),
                objections("false refusal"),
                objections("late hint"),
                objections.size() - objections("over-issue") - objections("false refusal") - objections("late hint"));
    }
}
