package io.keycoord.redis.model;

import io.keycoord.redis.PlannedPool;
import io.keycoord.redis.model.OracleRun.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Worker JVMs play on new pools of a new Redis, while one fault follows the other; then the history of each pool is checked. */
final class ChaosRound {
    private static final Kind[] KINDS = {Kind.PLAIN, Kind.FREE, Kind.TIGHT, Kind.FREE};
    private static final int BEFORE_MS = 500;
    private static final int AFTER_MS = 550;
    private static final int FAULT_MS = 1_000;

    final List<ChaosTap> taps = new ArrayList<>();
    final List<ChaosLoss> losses = new ArrayList<>();
    final ChaosLane lane = new ChaosLane();
    final SplittableRandom random;
    final ChaosServer server;
    private final ChaosCounts counts;
    private final ChaosCrew crew;
    private final Map<String, String> scripts;
    private final List<HistoryPool> pools = new ArrayList<>();
    private final String order;
    private long until;

    /** {@code scripts}: their names by their digests. */
    ChaosRound(ChaosServer server, ChaosCrew crew, ChaosCounts counts, Map<String, String> scripts, long seed) {
        this.server = server;
        this.crew = crew;
        this.counts = counts;
        this.scripts = scripts;
        this.random = new SplittableRandom(seed);
        for (int i = 0; i < KINDS.length; i++) {
            pools.add(somePool("c" + i, KINDS[i]));
        }
        this.order = pools.stream().map(HistoryPool::order).collect(Collectors.joining(","));
    }

    private HistoryPool somePool(String id, Kind kind) {
        HistoryPool pool = new HistoryPool(id, kind, random.nextLong(1L << 40));
        return pool.isOfUse() ? pool : somePool(id, kind);
    }

    static Path folder(Path parent, int number) {
        return parent.resolve("redis-" + number);
    }

    /** {@code told}: which calls the checker hears of. */
    void playAndCheck(List<ChaosFault> faults, Predicate<ChaosCall> told) throws Exception {
        int millis = BEFORE_MS + faults.size() * (FAULT_MS + AFTER_MS);
        until = System.nanoTime() + millis * 1_000_000L;
        for (HistoryJvm worker : crew.workers) {
            begin(worker);
        }
        for (HistoryJvm worker : crew.workers) {
            worker.await(ChaosWorker.BEGUN);
        }
        pass(BEFORE_MS);
        for (ChaosFault fault : faults) {
            counts.struck(fault);
            fault.strike(this);
            pass(AFTER_MS);
        }
        end();
        check(told);
    }

    private void begin(HistoryJvm worker) throws IOException {
        ChaosTap tap = new ChaosTap("w" + worker.number, server.port(), scripts, lane);
        taps.add(tap);
        int left = (int) Math.max(100, (until - System.nanoTime()) / 1_000_000);
        worker.order(new ChaosWorker.Order(tap.port(), random.nextLong(1L << 40), left, order).line());
    }

    private void end() throws Exception {
        for (HistoryJvm worker : crew.workers) {
            String[] told = worker.tells(ChaosWorker.PLAYED).split(" ", -1);
            counts.failed += Long.parseLong(told[3]);
            worker.order(ChaosWorker.CLOSE);
        }
        for (HistoryJvm worker : crew.workers) {
            worker.await(ChaosWorker.CLOSED);
        }
        for (ChaosTap tap : taps) {
            tap.close();
            counts.unheard += tap.unheard.get();
            counts.unanswered += tap.unanswered.size();
            counts.unknownScripts += tap.unknownScripts.get();
        }
    }

    private void check(Predicate<ChaosCall> told) {
        counts.rounds++;
        Map<String, List<ChaosCall>> calls = new HashMap<>();
        Map<String, List<ChaosCall>> unanswered = new HashMap<>();
        for (ChaosTap tap : taps) {
            tap.calls.stream()
                    .filter(told)
                    .forEach(call -> calls.computeIfAbsent(call.meta(), meta -> new ArrayList<>())
                            .add(call));
            tap.unanswered.forEach(call -> unanswered
                    .computeIfAbsent(call.meta(), meta -> new ArrayList<>())
                    .add(call));
        }
        for (HistoryPool pool : pools) {
            String meta = pool.planned.meta();
            counts.pools++;
            new ChaosChecker(
                            pool,
                            counts,
                            calls.getOrDefault(meta, List.of()),
                            unanswered.getOrDefault(meta, List.of()),
                            losses)
                    .check(server.state(pool.planned));
        }
    }

    void pass(int millis) {
        long end = System.nanoTime() + millis * 1_000_000L;
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    HistoryJvm someWorker() {
        return crew.workers.get(random.nextInt(crew.workers.size()));
    }

    void killOne() throws Exception {
        HistoryJvm worker = crew.replace(random.nextInt(crew.workers.size()));
        counts.jvms++;
        begin(worker);
        worker.await(ChaosWorker.BEGUN);
    }

    /** {@code kill -9} of Redis in the middle of a call, if there is one soon; calls wait until the lane is opened. */
    void crash() throws InterruptedException {
        long patience = System.nanoTime() + 200_000_000L;
        while (!lane.isBusy() && System.nanoTime() < patience) {
            LockSupport.parkNanos(20_000);
        }
        LockSupport.parkNanos(random.nextInt(2_000_000));
        server.crash();
        lane.shut();
    }

    /** All calls up to now were made before it. */
    void happened(long keptUntilUs, Map<String, Map<String, Map<String, String>>> states) {
        losses.add(new ChaosLoss(server.now(), keptUntilUs, states));
    }

    Map<String, Map<String, Map<String, String>>> states() {
        Map<String, Map<String, Map<String, String>>> states = new HashMap<>();
        for (HistoryPool pool : pools) {
            PlannedPool planned = pool.planned;
            states.put(planned.meta(), server.state(planned));
        }
        return states;
    }
}
