package io.keycoord.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.integration.faults.Sample.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/** Three worker JVMs that want more than there is, of which two are cut off from Redis and go on within their shares. */
@Tag("proof")
class LocalShareIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int ACCOUNTS = 2;
    private static final int PER_SECOND = 30;
    private static final Load.Plan GREEDY = new Load.Plan(6, 1, 5, 0);
    private static final FaultPool POOL =
            FaultPool.of(2_000, ACCOUNTS, 200).withPerSecond(PER_SECOND).shared();

    private final List<WorkerJvm> workers = new ArrayList<>();
    private final List<Sample> seen = new ArrayList<>();
    private EmbeddedRedis redis;
    private FaultProxy way;
    private RedisClient jedis;

    @BeforeEach
    void start() throws Exception {
        redis = EmbeddedRedis.start();
        way = new FaultProxy(redis.port());
        jedis = RedisClient.create(redis.uri());
        for (String url : List.of(redis.uri().toString(), way.url(), way.url())) {
            WorkerJvm worker = WorkerJvm.start(url, POOL);
            workers.add(worker);
            worker.await("ready");
        }
    }

    @AfterEach
    void end() {
        workers.forEach(WorkerJvm::close);
        way.close();
        jedis.close();
        redis.close();
    }

    private String meta(String field) {
        return jedis.hget("keycoord:{" + FaultPool.ID + "}:meta", field);
    }

    /** What a worker has seen since it was asked last. */
    private List<Sample> take(int worker) throws InterruptedException {
        List<Sample> taken = workers.get(worker).take();
        seen.addAll(taken);
        return taken;
    }

    /** Until each of these has seen it since it was asked last. */
    private void awaitEach(Kind kind, int... some) {
        for (int worker : some) {
            await().atMost(LIMIT).until(() -> Sample.count(take(worker), kind) > 0);
        }
    }

    private static void run(Duration time) {
        long until = System.nanoTime() + time.toNanos();
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(10)).until(() -> System.nanoTime() - until >= 0);
    }

    @Test
    void allTogetherStayWithinTheLimitsWhoeverIsCutOff() throws Exception {
        for (WorkerJvm worker : workers) {
            worker.load(GREEDY);
        }
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(jedis.hgetAll("keycoord:{" + FaultPool.ID + "}:shares")
                                .values())
                        .containsExactlyInAnyOrder("", "266666", "266666", "266666"));
        run(Duration.ofSeconds(2));

        long cutMs = System.currentTimeMillis();
        way.swallow();
        awaitEach(Kind.PASSED, 1, 2);
        long passedMs = System.currentTimeMillis();
        String withheld = meta("withheld");
        run(Duration.ofSeconds(5));
        long repairedMs = System.currentTimeMillis();
        way.pass();
        take(1);
        take(2);
        awaitEach(Kind.GRANTED, 1, 2);
        await().atMost(LIMIT).until(() -> meta("withheld").equals("0"));
        run(Duration.ofSeconds(2));
        for (WorkerJvm worker : workers) {
            seen.addAll(worker.stop().samples());
        }

        List<Sample> calls = seen.stream()
                .filter(sample -> sample.kind() == Kind.GRANTED || sample.kind() == Kind.PASSED)
                .map(sample -> new Sample(sample.atMs(), sample.tookUs(), Kind.GRANTED))
                .toList();
        List<Sample> alone = Sample.of(seen, Kind.PASSED);
        long meanwhile = calls.stream()
                .filter(sample -> sample.atMs() >= passedMs && sample.atMs() < repairedMs)
                .count();
        Figure.print(
                "two of three workers cut off",
                "they went on after %d ms with %d calls; %.0f calls a second of all of %d allowed; at most %d in any second",
                passedMs - cutMs,
                alone.size(),
                meanwhile * 1_000.0 / (repairedMs - passedMs),
                ACCOUNTS * PER_SECOND,
                Sample.mostInASecond(calls));
        assertThat(withheld).isEqualTo("533332");
        assertThat(Sample.mostInASecond(calls)).isLessThanOrEqualTo(ACCOUNTS * PER_SECOND);
        assertThat(alone).allMatch(sample -> sample.atMs() >= cutMs && sample.tookUs() < 5_000_000);
        assertThat(Sample.count(seen, Kind.FAILED)).isZero();
    }

    @Test
    void whoIsToldToEndTakesNoShareAlong() throws Exception {
        for (WorkerJvm worker : workers) {
            worker.signal("TERM");
        }

        await().atMost(LIMIT).until(() -> "0".equals(meta("shared")));
        assertThat(meta("withheld")).isEqualTo("0");
    }
}
