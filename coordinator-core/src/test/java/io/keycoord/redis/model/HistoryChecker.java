package io.keycoord.redis.model;

import io.keycoord.model.ReferenceModel;
import io.keycoord.model.Verb;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Puts the calls of many workers on one pool into the order in which the server made them, makes them on the
 * {@link ReferenceModel}, and requires the same replies and the same state at the end.
 *
 * <p>The order is that of the replies' {@code now_us}. It is total: a script reads the clock once and takes many
 * microseconds, so no two calls read the same one, and the clock of a pool does not run backwards. {@code seq} alone
 * would not do, for denials, repeats and renewals do not count it up, though they may write; it must never fall, though,
 * and each of its numbers must be there, or the model's replies differ. When the server's clock steps back, a call that
 * wrote nothing may have seen a later instant than the next one; such a history cannot be ordered, and is refused.
 */
final class HistoryChecker {
    private static final int SHOWN = 4;

    private final HistoryPool pool;
    private final ReferenceModel model = new ReferenceModel();
    private final HistoryOracle oracle;
    private final HistoryCounts counts;

    HistoryChecker(HistoryPool pool, HistoryCounts counts) {
        this.pool = pool;
        this.counts = counts;
        this.oracle = new HistoryOracle(pool, counts.oracle);
    }

    /** A call that made the pool; what the model replies. */
    List<String> registers(List<String> args) {
        return model.run(Verb.REGISTER, args);
    }

    /** A call that made the pool, with its reply. */
    void registered(List<String> args, List<String> reply) {
        List<String> expected = registers(args);
        if (!expected.equals(reply)) {
            counts.differ(pool, "the model registers with " + expected + ", the script with " + reply);
        }
    }

    void check(List<HistoryCall> calls, Map<String, Map<String, String>> state) {
        Optional<String> difference = ordered(calls).or(() -> replay(calls)).or(() -> same(model, state));
        difference.ifPresent(text -> counts.differ(pool, text));
        calls.forEach(counts::count);
        calls.forEach(call -> oracle.heard(pool, call));
        oracle.finished(state);
    }

    /** Of a history whose end is not known: whether it is answered as by the model, and what the oracle says. */
    void judge(List<HistoryCall> calls) {
        List<HistoryCall> sorted = new ArrayList<>(calls);
        ordered(sorted).or(() -> replay(sorted)).ifPresent(text -> counts.differ(pool, text));
        sorted.forEach(call -> oracle.heard(pool, call));
        oracle.finished(model.dump());
    }

    /** Sorts the calls; a text if they have no order. */
    private static Optional<String> ordered(List<HistoryCall> calls) {
        for (HistoryCall call : calls) {
            if (!call.isDated()) {
                return Optional.of("no date has " + call);
            }
        }
        calls.sort(Comparator.comparingLong(HistoryCall::now));
        long seq = 0;
        for (int i = 1; i < calls.size(); i++) {
            HistoryCall before = calls.get(i - 1);
            HistoryCall call = calls.get(i);
            seq = before.seq().orElse(seq);
            if (call.now() == before.now() || call.seq().orElse(seq) < seq) {
                return Optional.of("no order have " + before + " and " + call);
            }
        }
        return Optional.empty();
    }

    private Optional<String> replay(List<HistoryCall> calls) {
        for (int i = 0; i < calls.size(); i++) {
            HistoryCall call = calls.get(i);
            List<String> expected = model.run(call.verb(), call.argsAt(call.now()));
            if (!expected.equals(call.reply())) {
                return Optional.of("call " + (i + 1) + " of " + calls.size() + ", the model replies " + expected
                        + "\n  after " + calls.subList(Math.max(0, i - SHOWN), i) + "\n  to " + call);
            }
        }
        return Optional.empty();
    }

    /** What is stored, but for the old end of the log, which Redis drops. */
    static Optional<String> same(ReferenceModel model, Map<String, Map<String, String>> state) {
        Map<String, Map<String, String>> expected = new TreeMap<>(model.dump());
        Map<String, String> log = state.getOrDefault("log", Map.of());
        expected.computeIfPresent("log", (name, lines) -> lines.size() > log.size() ? last(lines, log.size()) : lines);
        return Comparison.compareStates(expected, state).map(text -> "at the end: " + text);
    }

    /** Redis keeps about the last 1,000 lines of the log. */
    private static Map<String, String> last(Map<String, String> lines, int kept) {
        List<String> texts = new ArrayList<>(lines.values());
        Map<String, String> last = new TreeMap<>();
        if (kept < 1_000) {
            return lines;
        }
        for (String text : texts.subList(texts.size() - kept, texts.size())) {
            last.put(String.format("%05d", last.size()), text);
        }
        return last;
    }
}
