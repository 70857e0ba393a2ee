package io.keycoord.console.demo;

import io.keycoord.simulator.SimulatorStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a run has shown, and which promises it broke. Immutable. */
final class DemoReport {
    private static final double LEAST_SHARE = 0.95;
    private static final long MOST_401 = 3;

    private final DemoSettings settings;
    private final DemoPool pool;
    private final Evidence evidence;
    private final Goodput goodput;
    private final KeyStory bad;
    private final KeyStory failing;

    DemoReport(DemoSettings settings, DemoPool pool, Evidence evidence) {
        this.settings = settings;
        this.pool = pool;
        this.evidence = evidence;
        this.goodput = Goodput.of(
                pool, evidence.entries(), evidence.startMs() * 1_000_000, settings.window(), settings.length());
        this.bad = KeyStory.of(pool.badKey(), evidence.changes());
        this.failing = KeyStory.of(pool.failingKey(), evidence.changes());
    }

    private long answered(int status) {
        return evidence.provider().total().answered(status);
    }

    private SimulatorStats.Counts badKey() {
        return counts(pool.badKey());
    }

    private SimulatorStats.Counts counts(String key) {
        return Objects.requireNonNull(evidence.provider().keys().get(key), key);
    }

    /** The promises that were not kept, a line each. */
    List<String> broken() {
        List<String> broken = new ArrayList<>();
        check(broken, answered(429) == 0, "no call is answered 429, but " + answered(429) + " were");
        check(
                broken,
                goodput.share() >= LEAST_SHARE,
                "at least 95 % of what the provider would have admitted is served, but only " + percent(goodput.share())
                        + " was");
        check(
                broken,
                answered401() <= MOST_401,
                "at most 3 calls see the revoked key, but " + answered401() + " were answered 401");
        check(broken, bad.openedMs().isPresent(), "the revoked key leaves service, but it never did");
        check(
                broken,
                failing.recovered(),
                "the failing key leaves service and comes back, but its last change is '" + failing.lastChange() + "'");
        check(
                broken,
                evidence.leases().leaked() == 0,
                "no slot leaks, but " + evidence.leases().leaked() + " are still counted in flight");
        check(
                broken,
                evidence.secretsIn().isEmpty(),
                "Redis never sees a secret, but these Redis keys hold one: " + evidence.secretsIn());
        check(
                broken,
                evidence.brokenWorkers().isEmpty(),
                "workers end in order, but these did not: " + evidence.brokenWorkers());
        return broken;
    }

    private static void check(List<String> broken, boolean kept, String promise) {
        if (!kept) {
            broken.add(promise);
        }
    }

    /** Calls that saw the revoked key. */
    long answered401() {
        return badKey().answered(401);
    }

    boolean ok() {
        return broken().isEmpty();
    }

    /** The whole report, the verdict last. */
    String text() {
        StringBuilder text = new StringBuilder();
        line(text, "asked", demandLine());
        line(text, "served", servedLine());
        line(text, "share", shareLine());
        line(text, "", strictLine());
        line(
                text,
                "",
                "The replay knows no fault: nothing is taken off for the revoked and the failing key (the other");
        line(text, "", "key of each account stands in), nor for the killed worker, whose demand is in it as recorded.");
        line(text, "answers", answersLine());
        line(text, "revoked key", badLine());
        line(text, "failing key", failingLine());
        line(text, "killed worker", victimLine());
        line(text, "wait", waitLine());
        line(text, "redis", redisLine());
        line(text, "secrets", secretsLine());
        List<String> broken = broken();
        broken.forEach(promise -> text.append("RESULT broken: ").append(promise).append('\n'));
        if (broken.isEmpty()) {
            text.append("RESULT ok\n");
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String what, String value) {
        text.append(String.format(Locale.ROOT, "%-14s %s%n", what, value));
    }

    private String demandLine() {
        return format(
                "%,d calls, %,d tokens, in %d s on %d workers (seed %d)",
                evidence.entries().size(),
                evidence.entries().stream().mapToLong(DemandLog.Entry::tokens).sum(),
                settings.seconds(),
                settings.workers(),
                settings.seed());
    }

    private String servedLine() {
        long served =
                evidence.entries().stream().filter(DemandLog.Entry::served).count();
        long tokens = evidence.entries().stream()
                .filter(DemandLog.Entry::served)
                .mapToLong(DemandLog.Entry::tokens)
                .sum();
        long open = evidence.entries().stream()
                .filter(entry -> entry.status() == DemandLog.OPEN)
                .count();
        Map<Integer, Long> failed = evidence.entries().stream()
                .filter(entry -> !entry.served() && entry.status() != DemandLog.OPEN)
                .collect(Collectors.groupingBy(DemandLog.Entry::status, TreeMap::new, Collectors.counting()));
        return format(
                "%,d calls, %,d tokens; still queued or lost with the killed worker %,d; failed %s",
                served, tokens, open, failed.isEmpty() ? "0" : "by status (0: no answer) " + failed);
    }

    private static String percent(double share) {
        return format("%.1f %%", 100 * share);
    }

    private String shareLine() {
        return format(
                "%s of what the provider would have admitted: %,d of %,d %s, after %s of warm-up",
                percent(goodput.share()),
                goodput.served(),
                goodput.admitted(),
                goodput.dimension(),
                seconds(settings.window()));
    }

    private String strictLine() {
        return format(
                "(%s of %,d if what the warm-up left in the buckets, to absorb arrival jitter, counts as well.)",
                percent(goodput.strictShare()), goodput.admittedWithRest());
    }

    private String answersLine() {
        return format(
                "429: %d%s   401: %d   500: %d   200: %,d",
                answered(429),
                answered(429) == 0 ? "" : " " + evidence.provider().total().refused(),
                answered(401),
                answered(500),
                answered(200));
    }

    private String badLine() {
        SimulatorStats.Answers answers = badKey().answered().get("401");
        if (answers == null) {
            return pool.badKey() + " was never called after its credential was revoked";
        }
        return format(
                "%s: %d calls answered 401; out of service %s after the first of them, %s",
                pool.badKey(), answers.count(), since(bad.openedMs(), answers.firstMs()), bad.lastChange());
    }

    private String failingLine() {
        return format(
                "%s: %d calls answered 500; out of service %s after it began to fail, back %s after, %s",
                pool.failingKey(),
                counts(pool.failingKey()).answered(500),
                since(failing.openedMs(), evidence.failingFromMs()),
                since(failing.closedMs(), evidence.failingFromMs()),
                failing.lastChange());
    }

    private String since(OptionalLong serverMs, long ownMs) {
        return serverMs.isEmpty() ? "never" : (serverMs.getAsLong() - evidence.clockAheadMs() - ownMs) + " ms";
    }

    private String victimLine() {
        Evidence.Leases leases = evidence.leases();
        String back = leases.victimsBackMs().isEmpty()
                ? "were not seen to come back"
                : "were back " + leases.victimsBackMs().getAsLong() + " ms later";
        return format(
                "held %d leases, which %s (a lease lives %s); slots leaked at the end: %d",
                leases.ofVictim(), back, seconds(settings.leaseTtl()), leases.leaked());
    }

    private String waitLine() {
        return format(
                "p50 %,d ms, p99 %,d ms (one central queue in the replay: %,d ms, %,d ms)",
                goodput.waits().p50Ms(),
                goodput.waits().p99Ms(),
                goodput.referenceWaits().p50Ms(),
                goodput.referenceWaits().p99Ms());
    }

    private String redisLine() {
        Evidence.Commands commands = evidence.commands();
        return format(
                "%,d scripts, %,d of them for this view: %,d acquires that granted and %,d settlements, of which those that"
                        + " meet share one, with renewals, denials and the start; %.2f per call",
                commands.scripts(),
                commands.ofDemo(),
                commands.grants(),
                commands.settlements(),
                commands.grants() == 0 ? 0.0 : (double) (commands.scripts() - commands.ofDemo()) / commands.grants());
    }

    private String secretsLine() {
        return evidence.secretsIn().isEmpty()
                ? "none of the " + pool.keys().size() + " is in Redis"
                : "found in " + evidence.secretsIn();
    }

    private static String seconds(Duration duration) {
        return format("%.1f s", duration.toMillis() / 1000.0);
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
