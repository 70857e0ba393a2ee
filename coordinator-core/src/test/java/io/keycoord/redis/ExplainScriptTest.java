package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.key;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Priority;
import io.keycoord.config.LimitConfig;
import io.keycoord.redis.Candidate.When;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Why a key is not chosen, in {@code lua/explain.lua}. */
class ExplainScriptTest extends ScriptTest {

    @Test
    void eachObstacleIsNamedWithTheTimeItTakes() {
        Engine engine = engine(headroom(
                solo("free", concurrency(1)),
                solo("full", concurrency(1)),
                solo("blocked", concurrency(1)),
                solo("dead", concurrency(1)),
                solo("drained", concurrency(1)),
                solo("resting", concurrency(1)),
                solo("dry", limits(perMinute(600), perMinute(60_000), 5))));
        engine.acquire("1", only("full"));
        engine.settle(
                engine.acquire("2", only("blocked")), How.of("rate_limited").block("key", 7_000));
        engine.settle(engine.acquire("3", only("dead")), How.of("key_failed").failure("dead"));
        engine.operate("drain", "drained", "ops", "planned");
        engine.settle(engine.acquire("4", only("resting")), How.of("key_failed").failure("suspect"));
        Answer most = engine.acquire("5", Ask.tokens(50_000).withoutKeys(others("dry")));
        assertThat(most.granted()).isTrue();

        List<Candidate> told = engine.explain("*", 15_000);

        assertThat(told).extracting(Candidate::key).first().isEqualTo("free");
        assertThat(find(told, "free")).isEqualTo(new Candidate("free", "*", "free", When.NOW, Duration.ZERO, ""));
        assertThat(find(told, "full"))
                .matches(c -> c.when() == When.EVENT && c.what().equals("concurrency"));
        assertThat(find(told, "blocked"))
                .isEqualTo(new Candidate("blocked", "*", "blocked", When.LATER, Duration.ofSeconds(7), "block"));
        assertThat(find(told, "dead"))
                .matches(c -> c.when() == When.NEVER && c.what().equals("disabled"));
        assertThat(find(told, "drained"))
                .matches(c -> c.when() == When.NEVER && c.what().equals("draining"));
        assertThat(find(told, "resting"))
                .matches(c -> c.when() == When.LATER && c.what().equals("breaker"));
        assertThat(find(told, "dry"))
                .matches(c -> c.when() == When.LATER && c.what().equals("tokens"));
        assertThat(find(engine.explain("*", 2_000_000), "dry"))
                .matches(c -> c.when() == When.NEVER && c.what().equals("tokens"));
    }

    @Test
    void whatHoldsForTheModelOrThePoolIsToldBesides() {
        Engine engine = engine(headroom(solo("a", concurrency(5))));
        engine.settle(engine.acquire(1), How.of("rate_limited").block("endpoint", 9_000));
        engine.switchTo("shadow");

        assertThat(engine.explain("m", 1))
                .contains(
                        new Candidate("endpoint:m", "", "", When.LATER, Duration.ofSeconds(9), "endpoint"),
                        new Candidate("switch", "", "", When.NOW, Duration.ZERO, "shadow"))
                .anyMatch(c -> c.key().equals("a") && c.when() == When.NOW);
        engine.switchTo("deny");
        assertThat(engine.explain("other", 1))
                .contains(new Candidate("switch", "", "", When.NEVER, Duration.ZERO, "deny"))
                .noneMatch(c -> c.what().equals("endpoint"));
    }

    @Test
    void nothingIsWritten() {
        Engine engine = engine(headroom(solo("a", concurrency(1)), account("b", concurrency(1), "b1", "b2")));
        long writes = dirty();

        engine.explain("*", 10);

        assertThat(dirty()).isEqualTo(writes);
    }

    @Test
    void whatIsToldIsWhatAcquireDoes() {
        SplittableRandom random = new SplittableRandom(5);
        int granted = 0;
        int denied = 0;
        for (int run = 0; run < 40; run++) {
            jedis.flushDB();
            Engine engine = engine(headroom(
                    solo("a", limits(perMinute(60), perMinute(6_000), 2)),
                    account("b", limits(perMinute(60), perMinute(6_000), 3), "b1", "b2"),
                    account(
                            "c",
                            List.of(LimitConfig.of("x*"), limits(perMinute(60), perMinute(6_000), 2)),
                            key("c1", 1, concurrency(2)))));
            List<Answer> out = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                long tokens = random.nextLong(1_500);
                Priority priority = PRIORITIES.get(random.nextInt(PRIORITIES.size()));
                List<Candidate> told = engine.explain("*", tokens, priority);
                Answer answer = engine.acquire(Ask.tokens(tokens).as(priority));
                assertThat(answer.granted())
                        .as("%s", told)
                        .isEqualTo(told.get(0).when() == When.NOW);
                if (answer.granted()) {
                    granted++;
                    assertThat(told).anyMatch(c -> c.key().equals(answer.key()) && c.when() == When.NOW);
                    out.add(answer);
                } else {
                    denied++;
                    if (told.get(0).when() == When.LATER) {
                        assertThat(answer.hintUs())
                                .isEqualTo(told.get(0).delay().toNanos() / 1000);
                    }
                }
                if (!out.isEmpty() && random.nextInt(3) == 0) {
                    engine.settle(out.remove(random.nextInt(out.size())), how(random));
                }
                engine.advanceMs(random.nextInt(20));
            }
        }
        assertThat(granted).isGreaterThan(100);
        assertThat(denied).isGreaterThan(100);
    }

    private static How how(SplittableRandom random) {
        return switch (random.nextInt(5)) {
            case 0 -> How.of("rate_limited").block(random.nextBoolean() ? "key" : "account", random.nextInt(300));
            case 1 -> How.of("key_failed");
            default -> How.success(random.nextInt(1_500));
        };
    }

    private static Candidate find(List<Candidate> told, String key) {
        return told.stream().filter(c -> c.key().equals(key)).findFirst().orElseThrow();
    }

    private static final List<Priority> PRIORITIES = List.of(Priority.values());
    private static final List<String> ALL = List.of("free", "full", "blocked", "dead", "drained", "resting", "dry");

    private static String others(String key) {
        return String.join(",", ALL.stream().filter(each -> !each.equals(key)).toList());
    }

    private static Ask only(String key) {
        return Ask.tokens(0).withoutKeys(others(key));
    }
}
