package io.keycoord.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.benchmarks.contender.Contender;
import io.keycoord.benchmarks.contender.Contender.Role;
import io.keycoord.benchmarks.contender.Contenders;
import io.keycoord.benchmarks.contender.Cycles;
import io.keycoord.benchmarks.contender.Load;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class OpenLoopTest {
    private static final int RATE = 1_000;
    private static final Duration TURN = Duration.ofMillis(400);

    /** Answers at once, but for one call, which takes so long. */
    private static Contender stalling(AtomicInteger calls, int call, Duration stall) {
        return new Contender("stalling", Role.PEER, "nothing", (redis, load) -> new Cycles() {
            @Override
            public boolean run(SplittableRandom random) {
                if (calls.incrementAndGet() == call) {
                    long end = Crew.after(stall);
                    while (!Crew.isPast(end)) {
                        LockSupport.parkNanos(end - System.nanoTime());
                    }
                }
                return true;
            }

            @Override
            public void close() {}
        });
    }

    private static OpenLoop.Result measure(Contender contender) {
        try (Server server = Server.embedded()) {
            return OpenLoop.measure(server, List.of(contender), new Load(1, 1), List.of(RATE), 1, TURN, 1, step -> {})
                    .get(0);
        }
    }

    /** One call of some hundreds: without the wait of the others it would not be seen below the 99.7th percentile. */
    @Test
    void aStallCountsForAllWhoCameDuringIt() {
        // The warm-up of 400 callers comes first.
        AtomicInteger calls = new AtomicInteger(-400);
        OpenLoop.Result result = measure(stalling(calls, 1, Duration.ofMillis(200)));

        assertThat(result.p99Micros()).isGreaterThan(100_000);
    }

    @Test
    void whoIsNotServedInTimeIsCounted() {
        AtomicInteger calls = new AtomicInteger(-400);
        OpenLoop.Result result = measure(stalling(calls, 1, TURN.multipliedBy(2)));

        assertThat(result.servedShare()).isLessThan(0.01);
        assertThat(result.p50Micros()).isGreaterThan(100_000);
    }

    @Test
    void realContendersAreMeasuredAtEachRate() {
        List<Contender> some = List.of(Contenders.named("evalsha"), Contenders.named("keycoord"));
        try (Server server = Server.embedded()) {
            List<OpenLoop.Result> results = OpenLoop.measure(
                    server, some, new Load(5, 4), List.of(50, 100), 1, TURN.dividedBy(2), 1, step -> {});

            assertThat(results)
                    .extracting(result -> result.contender().name() + " " + result.offered())
                    .containsExactly("evalsha 50", "keycoord 50", "evalsha 100", "keycoord 100");
            assertThat(results).allSatisfy(result -> {
                assertThat(result.servedShare()).isGreaterThan(0);
                assertThat(result.p50Micros()).isPositive().isLessThanOrEqualTo(result.p99Micros());
                assertThat(result.p99Micros()).isLessThanOrEqualTo(result.mostMicros());
            });
            assertThat(server.isEmpty()).isTrue();
        }
    }
}
