package io.keycoord.redis;

import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.Usage;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.RedisDownPolicy;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Workers that are cut off from Redis, come back, hear no replies, sleep, die and are replaced, and call as much as they may all the
 * time: on the real scripts and a clock that the test moves. The provider counts what reaches it from all of them. With {@code
 * -Dkeycoord.worlds=N} N courses of events for each kind of limit.
 */
class LocalShareTest extends ScriptTest {
    private static final long STEP_US = 250_000;
    private static final long SECOND_US = 1_000_000;
    private static final int WORKERS = 4;
    private static final long COST = 7;
    private static final LeaseRequest CALL =
            LeaseRequest.of("test").withModel("m").withTokens(COST, 0);

    private static PoolConfig pool(LimitConfig limits) {
        return headroom(solo("a", limits)).withWhenRedisIsDown(RedisDownPolicy.LOCAL_SHARE);
    }

    /** What the provider would say of a call at that instant. */
    private interface Provider {
        boolean takes(long atUs);

        default void ended() {}
    }

    /** A bucket that is full at first. */
    private static Provider bucket(long amount, long burst, long cost) {
        return new Provider() {
            private double level = burst;
            private long asOf = Engine.NOON;

            @Override
            public boolean takes(long atUs) {
                level = Math.min((double) burst, level + (atUs - asOf) * (amount / 60e6));
                asOf = atUs;
                level -= cost;
                return level >= -1e-6;
            }
        };
    }

    /** Never more than that in any span of a minute. */
    private static Provider window(long amount, long cost) {
        return new Provider() {
            private final Deque<Long> calls = new ArrayDeque<>();

            @Override
            public boolean takes(long atUs) {
                while (!calls.isEmpty() && calls.getFirst() <= atUs - 60 * SECOND_US) {
                    calls.removeFirst();
                }
                calls.addLast(atUs);
                return calls.size() * cost <= amount;
            }
        };
    }

    /** Counted anew from each minute. */
    private static Provider minutes(long amount) {
        return new Provider() {
            private long minute;
            private long calls;

            @Override
            public boolean takes(long atUs) {
                calls = atUs / (60 * SECOND_US) == minute ? calls + 1 : 1;
                minute = atUs / (60 * SECOND_US);
                return calls <= amount;
            }
        };
    }

    private static Provider slots(int most) {
        return new Provider() {
            private int underWay;

            @Override
            public boolean takes(long atUs) {
                underWay++;
                return underWay <= most;
            }

            @Override
            public void ended() {
                underWay--;
            }
        };
    }

    private record Call(long endsUs, Runnable end) {}

    /** One process; its line to Redis may be cut both ways or back only. */
    private static final class Worker implements ScriptRunner {
        private final World world;
        private final WorkerShare share;
        private final List<Runnable> unsaid = new ArrayList<>();
        private boolean cut;
        private boolean deaf;
        private boolean away;
        /** When its line is whole again by itself. */
        private long wholeAt = Long.MAX_VALUE;

        private long nextTell;

        Worker(World world, String name) {
            this.world = world;
            ServerClock clock = new ServerClock(() -> world.engine.now * 1_000);
            this.share = new WorkerShare(
                    world.config, this, world.engine.prefix + "meta", name, clock, () -> world.engine.now * 1_000);
            share.saw("a", "a", Outcome.success(Usage.NONE));
        }

        @Override
        public Reply run(Script script, String redisKey, List<String> args) {
            if (cut) {
                throw silence();
            }
            List<String> now = new ArrayList<>(args);
            now.set(0, "" + world.engine.now);
            Reply reply = world.engine.scripts.run(script, redisKey, now);
            if (deaf) {
                throw silence();
            }
            return reply;
        }

        private StoreUnavailableException silence() {
            return new StoreUnavailableException("test", "the line is cut", Trouble.AWAY, null);
        }

        @Override
        public void close() {}

        /** Less long than it takes to lapse, if it is whole. */
        void cutFor(long us) {
            if (!cut && !deaf) {
                cut = true;
                wholeAt = world.engine.now + us;
            }
        }

        void mend() {
            if (world.engine.now >= wholeAt) {
                cut = false;
                deaf = false;
            }
        }

        void step() {
            if (away && !cut && !deaf) {
                away = false;
                unsaid.forEach(Runnable::run);
                unsaid.clear();
            }
            if (!away && world.engine.now >= nextTell) {
                nextTell = world.engine.now + WorkerShare.PAUSE.toNanos() / 1_000;
                try {
                    share.tell();
                } catch (StoreUnavailableException e) {
                    away = true;
                }
            }
            for (int i = 0; i < 20 && (away ? callAlone() : callByRedis()); i++) {}
        }

        private boolean callAlone() {
            WorkerShare.Passed passed =
                    share.pass(CALL, world.roster, (input, output) -> 0).passed();
            if (passed == null) {
                return false;
            }
            world.alone++;
            world.call(() -> passed.ended(Outcome.success(Usage.tokens(COST, 0)), Optional.empty()));
            return true;
        }

        private boolean callByRedis() {
            if (cut) {
                away = true;
                return false;
            }
            Answer answer = world.engine.acquire(Ask.tokens(COST).model("m"));
            if (deaf) {
                away = true;
                return false;
            }
            if (!answer.granted()) {
                return false;
            }
            world.byRedis++;
            Runnable settle = () -> world.engine.settle(answer, How.success(COST));
            world.call(() -> {
                if (away) {
                    unsaid.add(settle);
                } else {
                    settle.run();
                }
            });
            return true;
        }
    }

    private final class World {
        final PoolConfig config;
        final Engine engine;
        final Roster roster;
        private final Provider provider;
        private final SplittableRandom random;
        private final List<Worker> workers = new ArrayList<>();
        private final List<Call> calls = new ArrayList<>();
        private final long lastsUs;
        private int made;
        private long alone;
        private long byRedis;
        private String passedLimit = "";

        World(PoolConfig config, Provider provider, long lastsUs, long seed) {
            this.config = config;
            this.engine = engine(config);
            this.roster = new Roster(engine.plan.seats("m", PoolPlan.NO_TENANT, key -> true));
            this.provider = provider;
            this.lastsUs = lastsUs;
            this.random = new SplittableRandom(seed);
            for (int i = 0; i < WORKERS; i++) {
                workers.add(new Worker(this, "w" + made++));
            }
        }

        void call(Runnable end) {
            if (!provider.takes(engine.now) && passedLimit.isEmpty()) {
                passedLimit = "after " + (engine.now - Engine.NOON) / SECOND_US + " s";
            }
            calls.add(new Call(engine.now + lastsUs, end));
        }

        private void endCalls() {
            List<Call> over =
                    calls.stream().filter(call -> call.endsUs <= engine.now).toList();
            calls.removeAll(over);
            over.forEach(call -> {
                provider.ended();
                call.end.run();
            });
        }

        private void disturb(int i) {
            Worker worker = workers.get(i);
            worker.wholeAt = Long.MAX_VALUE;
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    worker.cut = true;
                }
                case 2 -> {
                    worker.deaf = true;
                }
                case 3 -> {
                    if (random.nextInt(4) == 0) {
                        workers.set(i, new Worker(this, "w" + made++));
                    }
                }
                default -> {
                    worker.cut = false;
                    worker.deaf = false;
                }
            }
        }

        World run(Duration time) {
            long end = engine.now + time.toNanos() / 1_000;
            for (; engine.now < end; engine.now += STEP_US) {
                endCalls();
                for (int i = 0; i < WORKERS; i++) {
                    if (random.nextInt(120) == 0) {
                        disturb(i);
                    } else if (random.nextInt(80) == 0) {
                        workers.get(i).cutFor(random.nextLong(9 * SECOND_US));
                    }
                    workers.get(i).mend();
                    // Now and then a worker sleeps a little.
                    if (random.nextInt(10) > 0) {
                        workers.get(i).step();
                    }
                }
            }
            return this;
        }
    }

    /** Two courses of events, among the long proofs six. */
    static Stream<Arguments> limits() {
        Duration minute = Duration.ofMinutes(1);
        return LongStream.rangeClosed(1, Long.getLong("keycoord.worlds", Boolean.getBoolean("keycoord.proofs") ? 6 : 2))
                .boxed()
                .flatMap(seed -> Stream.of(
                        Arguments.of("bucket", seed, pool(requests(rate(61, minute, Mode.BUCKET))), bucket(61, 61, 1)),
                        Arguments.of(
                                "small bucket",
                                seed,
                                pool(requests(rate(61, minute, Mode.BUCKET).withBurst(6))),
                                bucket(61, 6, 1)),
                        Arguments.of(
                                "tokens", seed, pool(tokens(rate(701, minute, Mode.BUCKET))), bucket(701, 701, COST)),
                        Arguments.of(
                                "window", seed, pool(requests(rate(61, minute, Mode.SLIDING_WINDOW))), window(61, 1)),
                        Arguments.of("minutes", seed, pool(requests(rate(61, minute, Mode.FIXED_WINDOW))), minutes(61)),
                        Arguments.of("slots", seed, pool(concurrency(11)), slots(11))));
    }

    @Tag("sampled")
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("limits")
    void noLimitIsPassedWhoeverIsCutOff(String kind, long seed, PoolConfig pool, Provider provider) {
        World world = new World(pool, provider, kind.equals("slots") ? 3 * SECOND_US : STEP_US, seed);

        world.run(Duration.ofMinutes(12));

        System.out.printf(
                "local share, %s, seed %d: %,d calls by Redis, %,d without, of %d workers%n",
                kind, seed, world.byRedis, world.alone, world.made);
        assertThat(world.passedLimit).as("when the limit was passed").isEmpty();
        assertThat(world.alone).isPositive();
        assertThat(world.byRedis).isPositive();
    }

    @Test
    void allOfItIsServedAgainSomeMinutesAfterAWorkerHasDied() {
        World world = new World(pool(requests(rate(60, Duration.ofMinutes(1), Mode.BUCKET))), at -> true, 1, 1);
        for (int i = 0; i < 20; i++) {
            world.workers.forEach(Worker::step);
            world.engine.now += SECOND_US;
        }
        String meta = world.engine.prefix + "meta";
        assertThat(jedis.hget(meta, "shared")).isEqualTo("800000");
        world.workers.remove(0);

        for (int i = 0; i < 12; i++) {
            world.workers.forEach(Worker::step);
            world.engine.now += SECOND_US;
        }
        assertThat(jedis.hget(meta, "withheld")).isEqualTo("200000");
        for (int i = 0; i < 361; i++) {
            world.workers.forEach(Worker::step);
            world.engine.now += SECOND_US;
        }

        assertThat(jedis.hget(meta, "withheld")).isEqualTo("0");
        assertThat(jedis.hgetAll(world.engine.prefix + "shares")).hasSize(4).containsEntry("w1", "266666");
    }
}
