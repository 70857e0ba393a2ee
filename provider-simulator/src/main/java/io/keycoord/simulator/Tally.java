package io.keycoord.simulator;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Running counts of one key, one account, or all. Guarded by the lock of {@link StatsBook}. */
final class Tally {

    private long requests;
    private long admitted;
    private long completed;
    private long aborted;
    private long unanswered;
    private long tokensAsked;
    private long tokensAdmitted;
    private long tokensUsed;
    private int inFlight;
    private int maxInFlight;
    private final Map<Verdict.Cause, Long> refused = new EnumMap<>(Verdict.Cause.class);
    private final Map<String, SimulatorStats.Answers> answered = new TreeMap<>();
    private final Map<String, Long> faults = new TreeMap<>();

    void arrived(long asked) {
        requests++;
        tokensAsked += asked;
    }

    void admitted(long asked) {
        admitted++;
        tokensAdmitted += asked;
        inFlight++;
        maxInFlight = Math.max(maxInFlight, inFlight);
    }

    void ended(CallEnd end, long used, long nowMs) {
        inFlight--;
        tokensUsed += used;
        switch (end) {
            case COMPLETED -> {
                completed++;
                answered(200, nowMs);
            }
            case BROKEN -> answered(200, nowMs);
            case UNANSWERED -> unanswered++;
            case ABORTED -> aborted++;
        }
    }

    void refused(Verdict.Cause cause) {
        refused.merge(cause, 1L, Long::sum);
    }

    void answered(int status, long nowMs) {
        answered.merge(
                Integer.toString(status),
                new SimulatorStats.Answers(1, nowMs, nowMs),
                (old, one) -> new SimulatorStats.Answers(old.count() + 1, old.firstMs(), nowMs));
    }

    void fired(FaultKind kind) {
        faults.merge(kind.word(), 1L, Long::sum);
    }

    SimulatorStats.Counts counts() {
        Map<String, Long> causes = new TreeMap<>();
        for (Verdict.Cause cause : Verdict.Cause.values()) {
            causes.put(word(cause), count(refused.get(cause)));
        }
        return new SimulatorStats.Counts(
                requests,
                admitted,
                completed,
                aborted,
                unanswered,
                tokensAsked,
                tokensAdmitted,
                tokensUsed,
                inFlight,
                maxInFlight,
                causes,
                answered,
                faults);
    }

    private static String word(Verdict.Cause cause) {
        return cause == Verdict.Cause.TOO_LARGE ? "tooLarge" : cause.name().toLowerCase(Locale.ROOT);
    }

    private static long count(@Nullable Long value) {
        return value == null ? 0 : value;
    }
}
