package io.keycoord.redis.model;

import io.keycoord.model.ReferenceModel;
import io.keycoord.model.Verb;
import io.keycoord.redis.model.OracleRun.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Replays on the {@link ReferenceModel} what many workers called on one pool, across faults that take state away.
 *
 * <p>What Redis knows after a loss is what it knew at an earlier instant: at that of the copy that was restored, or before
 * the first call. So a history is a tree of branches: each is replayed from its beginning, the calls up to that instant and
 * then those after the loss, and every reply must be the model's on its branch; at the end the whole state. Nothing about a
 * loss is taken on trust.
 *
 * <p>A server that was killed and has its append-only file may have made the one call that it had not answered yet. Whether,
 * and when, is found by what it knows as it starts: the model's state must be that, without or with this call.
 */
final class ChaosChecker {
    private static final int SHOWN = 3;
    private static final Pattern INSTANT = Pattern.compile("(?<!\\d)\\d{16}(?!\\d)");
    private static final Pattern EXPIRY = Pattern.compile("(?<!\\d)\\d{13}(?!\\d)");

    private final HistoryPool pool;
    private final ChaosCounts counts;
    private final List<ChaosCall> all;
    private final List<ChaosCall> unanswered;
    private final List<ChaosLoss> losses;
    private List<ChaosCall> branch = new ArrayList<>();
    private ReferenceModel model = new ReferenceModel();
    private boolean sound = true;

    ChaosChecker(
            HistoryPool pool,
            ChaosCounts counts,
            List<ChaosCall> calls,
            List<ChaosCall> unanswered,
            List<ChaosLoss> losses) {
        this.pool = pool;
        this.counts = counts;
        this.unanswered = unanswered;
        this.losses = losses;
        calls.stream()
                .filter(call -> !call.isDated())
                .forEach(call -> counts.undated.merge(word(call), 1, Integer::sum));
        all = new ArrayList<>(calls.stream()
                .filter(ChaosCall::isDated)
                .sorted(Comparator.comparingLong(ChaosCall::now))
                .toList());
    }

    private static String word(ChaosCall call) {
        String[] words = call.status().split(" ", 3);
        return words[0].equals("error") ? words[1] : words[0];
    }

    void check(Map<String, Map<String, String>> end) {
        long before = 0;
        for (ChaosLoss loss : losses) {
            play(before, loss.atUs());
            if (loss.isLoss()) {
                judgeBranch();
                branch.removeIf(call -> call.now() > loss.keptUntilUs());
                again();
            } else {
                restarted(loss);
            }
            before = loss.atUs();
        }
        play(before, Long.MAX_VALUE);
        HistoryChecker.same(model, end).ifPresent(text -> differ("at the end: " + text));
        epochs();
        if (losses.stream().noneMatch(ChaosLoss::isLoss)) {
            judgeBranch();
        } else {
            ChaosBound bound = new ChaosBound(pool, losses);
            all.forEach(bound::heard);
            bound.finish(counts, pool);
        }
        all.forEach(counts::count);
    }

    private void differ(String text) {
        if (sound) {
            counts.find(pool, text);
        }
        sound = false;
    }

    private void play(long from, long to) {
        for (ChaosCall call : all) {
            if (call.now() >= from && call.now() < to) {
                play(call);
            }
        }
    }

    private void play(ChaosCall call) {
        long before = branch.isEmpty() ? 0 : branch.get(branch.size() - 1).now();
        if (before == call.now()) {
            differ("no order have " + branch.get(branch.size() - 1) + " and " + call);
        }
        Object expected = call.replay(model, call.now());
        if (!ordered(expected).equals(ordered(call.reply()))) {
            differ("call " + (branch.size() + 1) + ", the model replies " + expected + "\n  after "
                    + branch.subList(Math.max(0, branch.size() - SHOWN), branch.size()) + "\n  to " + call);
        }
        branch.add(call);
    }

    /** The groups of a class come in the order of a hash. */
    private static Object ordered(Object reply) {
        if (!(reply instanceof List<?> words) || !words.get(0).equals("GROUPS")) {
            return reply;
        }
        return words.stream()
                .map(word ->
                        Stream.of(String.valueOf(word).split(",", -1)).sorted().toList())
                .toList();
    }

    /** The model as it is after the calls of the branch. */
    private void again() {
        model = new ReferenceModel();
        branch.forEach(call -> call.replay(model, call.now()));
    }

    private void restarted(ChaosLoss restart) {
        Map<String, Map<String, String>> state = restart.state(pool.planned);
        Optional<String> difference = HistoryChecker.same(model, state);
        if (difference.isPresent() && !made(state)) {
            differ("after a restart that should have lost nothing: " + difference.get() + "; without an answer were "
                    + unanswered);
        }
    }

    /** Finds a call without an answer that explains what the server knows, and the instant at which it was made. */
    private boolean made(Map<String, Map<String, String>> state) {
        long last = branch.isEmpty() ? 0 : branch.get(branch.size() - 1).now();
        String known = state.toString();
        for (ChaosCall call : unanswered) {
            for (long instant : instants(call, known).tailSet(last, false)) {
                Object reply = call.replay(model, instant);
                if (HistoryChecker.same(model, state).isEmpty()) {
                    branch.add(call.replied(reply));
                    all.add(call.replied(reply));
                    all.sort(Comparator.comparingLong(ChaosCall::now));
                    counts.madeUnanswered++;
                    return true;
                }
                again();
            }
        }
        return false;
    }

    /** When it may have been made. A renewal that meets no step of the clock writes no instant but when the leases end. */
    private static NavigableSet<Long> instants(ChaosCall call, String known) {
        NavigableSet<Long> instants = new TreeSet<>();
        for (Matcher found = INSTANT.matcher(known); found.find(); ) {
            instants.add(Long.parseLong(found.group()));
        }
        if (call.script().equals("renew")) {
            long ttlMs = Long.parseLong(call.args().get(1));
            for (Matcher found = EXPIRY.matcher(known); found.find(); ) {
                instants.add((Long.parseLong(found.group()) - ttlMs + 1) * 1_000 - 1);
            }
        }
        return instants;
    }

    /** On a branch that lost nothing all holds that the oracle knows of. */
    private void judgeBranch() {
        if (!isWhole()) {
            return;
        }
        boolean plain = pool.kind == Kind.PLAIN && branch.stream().noneMatch(ChaosChecker::givesBack);
        counts.plain += plain ? 1 : 0;
        HistoryOracle oracle = new HistoryOracle(pool, counts.oracle, plain, ChaosBound::ask);
        for (ChaosCall call : branch) {
            call.calls().forEach(part -> oracle.heard(pool, part));
        }
        oracle.finished(model.dump());
    }

    private boolean isWhole() {
        return branch.stream()
                .noneMatch(call -> call.script().equals("hold") || call.script().equals("recover"));
    }

    /** A worker gives back what it was granted too late; refusals are judged only where nothing ever is. */
    private static boolean givesBack(ChaosCall call) {
        return call.calls().stream()
                .anyMatch(part -> part.verb() == Verb.SETTLE
                        && part.status().equals("SETTLED")
                        && part.args().get(3).equals("unused"));
    }

    /** After each loss the pool's sequence goes on in a new epoch, or from its beginning. */
    private void epochs() {
        for (ChaosLoss loss : losses) {
            if (!loss.isLoss()) {
                continue;
            }
            long before = epoch(0, loss.atUs());
            long after = epoch(loss.atUs(), Long.MAX_VALUE);
            if (after > before) {
                counts.lossesSeen++;
            }
        }
    }

    private long epoch(long from, long to) {
        return all.stream()
                .filter(call -> call.now() >= from && call.now() < to)
                .mapToLong(ChaosCall::epoch)
                .max()
                .orElse(0);
    }
}
