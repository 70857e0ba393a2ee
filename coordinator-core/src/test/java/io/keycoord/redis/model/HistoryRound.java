package io.keycoord.redis.model;

import static org.awaitility.Awaitility.await;

import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.model.Verb;
import io.keycoord.redis.model.OracleRun.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Some new pools, on which all workers play for a while; two more workers, which come for this round only, are killed in
 * the middle of it. Then what they wrote down is checked.
 */
final class HistoryRound {
    private static final Kind[] KINDS = {Kind.PLAIN, Kind.FREE, Kind.PLAIN, Kind.FREE, Kind.TIGHT, Kind.FREE};
    private static final int DOOMED = 2;
    /** A doomed worker lives until its file has so many bytes at most. */
    private static final int MOST_WRITTEN = 300_000;

    /**
     * How long they play at most: an ended lease is known for ten seconds, and after that a request of the same id is a
     * new one, unless it tells when it was sent.
     */
    private static final long LONGEST_US = 8_000_000;

    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** A worker that is killed, what stands between it and Redis, and its file. */
    private record Doomed(HistoryJvm worker, HistoryTap tap, Path log) {}

    private final EmbeddedRedis redis;
    private final Scripts scripts;
    private final HistoryCounts counts;
    private final Path folder;
    private final SplittableRandom random;
    private final long seed;
    private final String pools;
    private long untilUs;
    private final String digests;
    private final Map<String, HistoryPool> played = new LinkedHashMap<>();
    private final Map<String, HistoryChecker> checkers = new LinkedHashMap<>();
    private final Map<String, List<HistoryCall>> calls = new LinkedHashMap<>();

    HistoryRound(EmbeddedRedis redis, Scripts scripts, HistoryCounts counts, Path folder, long seed) {
        this.redis = redis;
        this.scripts = scripts;
        this.counts = counts;
        this.folder = folder;
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        for (int i = 0; i < KINDS.length; i++) {
            HistoryPool pool = new HistoryPool("h" + i, KINDS[i], random.nextLong(1L << 40));
            while (!pool.isOfUse()) {
                pool = new HistoryPool("h" + i, KINDS[i], random.nextLong(1L << 40));
            }
            register(pool);
        }
        this.pools = played.values().stream().map(HistoryPool::order).collect(Collectors.joining(","));
        this.digests = Stream.of(Verb.values())
                .map(verb -> verb + "=" + scripts.digest(verb))
                .collect(Collectors.joining(","));
    }

    private void register(HistoryPool pool) {
        HistoryChecker checker = new HistoryChecker(pool, counts);
        long now = scripts.now();
        List<String> open = pool.planned.open(now, "full");
        List<String> opened = scripts.run(Verb.REGISTER, pool.planned.meta(), open);
        checker.registered(open, opened);
        for (List<String> args : pool.planned.rest(opened, now, "full")) {
            checker.registered(args, scripts.run(Verb.REGISTER, pool.planned.meta(), args));
        }
        played.put(pool.id, pool);
        checkers.put(pool.id, checker);
        calls.put(pool.id, new ArrayList<>());
    }

    /** Plays until each of the workers has got so many decisions, checks all pools, and removes them. */
    void playAndCheck(List<HistoryJvm> workers, long decisions) throws IOException, InterruptedException {
        play(workers, decisions);
        checkers.forEach((id, checker) -> {
            HistoryPool pool = known(played, id);
            int before = counts.findings();
            checker.check(known(calls, id), scripts.dump(pool.planned, true));
            if (counts.findings() > before) {
                save(pool, known(calls, id));
            }
        });
        counts.forget();
    }

    /** What was found can be judged again: {@code -Dkeycoord.history=FILE}. */
    private static void save(HistoryPool pool, List<HistoryCall> calls) {
        Path file = Path.of("target", "histories", pool.order().replace(':', '_'));
        try {
            HistoryLog.write(file, calls);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        System.out.println("the history of pool " + pool.order() + " is in " + file.toAbsolutePath());
    }

    private void play(List<HistoryJvm> workers, long decisions) throws IOException, InterruptedException {
        untilUs = scripts.now() + LONGEST_US;
        int all = workers.size() + DOOMED;
        for (HistoryJvm worker : workers) {
            worker.order(order(worker.number, all, decisions, redis.port()));
        }
        List<Doomed> doomed = new ArrayList<>();
        for (int i = 0; i < DOOMED; i++) {
            doomed.add(doomed(workers.size() + i, all));
        }
        for (Doomed worker : doomed) {
            end(worker);
        }
        for (HistoryJvm worker : workers) {
            worker.await(HistoryWorker.BEGUN);
            worker.await(HistoryWorker.DONE);
            take(HistoryLog.read(log(worker.number), "w" + worker.number));
        }
    }

    private HistoryWorker.Order order(int worker, int workers, long decisions, int port) {
        return new HistoryWorker.Order(
                worker, workers, seed, decisions, untilUs, port, log(worker).toString(), digests, pools);
    }

    private Path log(int worker) {
        return folder.resolve("worker-" + worker + ".log");
    }

    private Doomed doomed(int number, int workers) throws IOException {
        HistoryTap tap = new HistoryTap(redis.port());
        HistoryJvm worker = new HistoryJvm(number);
        counts.jvms++;
        worker.order(order(number, workers, Long.MAX_VALUE, tap.port()));
        return new Doomed(worker, tap, log(number));
    }

    private void end(Doomed doomed) throws IOException, InterruptedException {
        try (HistoryJvm worker = doomed.worker) {
            worker.await(HistoryWorker.BEGUN);
            long enough = random.nextInt(MOST_WRITTEN);
            await().atMost(LIMIT)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> Files.size(doomed.log) >= enough || scripts.now() > untilUs);
            worker.kill();
        }
        counts.killed++;
        List<List<List<String>>> replies = doomed.tap.replies();
        Map<Integer, List<HistoryCall>> sent =
                Files.exists(doomed.log) ? HistoryLog.read(doomed.log, "w" + doomed.worker.number) : Map.of();
        sent.forEach((link, list) -> complete(list, replies.get(link)));
        take(sent);
    }

    /** Gives each call its reply as the tap has it; what has none was never made. */
    private void complete(List<HistoryCall> sent, List<List<String>> replies) {
        for (int i = 0; i < replies.size(); i++) {
            HistoryCall call = sent.get(i);
            if (call.reply().isEmpty()) {
                counts.unheard++;
            } else if (!call.reply().equals(replies.get(i))) {
                throw new IllegalStateException(call + " was answered " + replies.get(i));
            }
            sent.set(i, call.replied(replies.get(i)));
        }
        counts.unmade += sent.size() - replies.size();
        sent.subList(replies.size(), sent.size()).clear();
    }

    private void take(Map<Integer, List<HistoryCall>> links) {
        links.values()
                .forEach(list -> list.forEach(call -> known(calls, call.pool()).add(call)));
    }

    private static <T> T known(Map<String, T> map, String pool) {
        return Objects.requireNonNull(map.get(pool), pool);
    }
}
