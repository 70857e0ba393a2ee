package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.BreakerConfig;
import io.keycoord.config.Strategy;
import io.keycoord.config.UnhealthyPolicy;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** {@code lua/lib/outage.lua}: models that fail for whoever calls them, or that have no capacity. */
class OutageScriptTest extends ScriptTest {
    private static final Ask ASK = Ask.tokens(1).calling("m");

    private Engine twoAccounts() {
        return engine(headroom(solo("a", requests(perMinute(1000))), solo("b", requests(perMinute(1000)))));
    }

    private static Answer granted(Engine engine) {
        Answer answer = engine.acquire(ASK);
        assertThat(answer.granted()).isTrue();
        return answer;
    }

    private static void fail(Engine engine, int times) {
        for (int i = 0; i < times; i++) {
            engine.settle(granted(engine), How.of("provider_failed"));
        }
    }

    private static List<String> refusal(Engine engine) {
        Reply reply = engine.acquire(ASK).reply();
        return List.of(reply.status(), reply.text(4));
    }

    @Test
    void whatFailsForSeveralAccountsInARowRestsAndNoKeyIsBlamed() {
        Engine engine = twoAccounts();
        engine.settle(granted(engine), How.success(1));
        engine.settle(granted(engine), How.success(1));

        fail(engine, 6);

        assertThat(refusal(engine)).containsExactly("DENIED", "ENDPOINT");
        assertThat(engine.acquire(ASK).reply().number(5)).isEqualTo(3_750_000);
        assertThat(engine.hash("key:a")).containsEntry("state", "CLOSED");
        assertThat(engine.hash("key:b")).containsEntry("state", "CLOSED");
        assertThat(Long.parseLong(engine.hash("key:a").get("errors_in_window"))
                        + Long.parseLong(engine.hash("key:b").get("errors_in_window")))
                .as("the first failure of a row may be the key's own")
                .isEqualTo(1);
        assertThat(engine.hash("outages").get("m")).startsWith("OPEN ").endsWith(" 6 1 * - test");
    }

    @Test
    void theSettlementThatChangesSomethingTellsOfIt() {
        Engine engine = twoAccounts();
        fail(engine, 5);
        Reply opened = engine.settle(granted(engine), How.of("provider_failed"));
        assertThat(opened.text(4)).isEqualTo("ENDPOINT_OPENED");
        assertThat(opened.number(5)).isEqualTo(engine.now / 1000 + 3_750);

        engine.advanceMs(3_750);
        assertThat(engine.settle(granted(engine), How.success(1)).text(4)).isEqualTo("ENDPOINT_CLOSED");

        Reply blocked = engine.settle(granted(engine), How.of("rate_limited").block("endpoint", 9_000));
        assertThat(blocked.text(4)).isEqualTo("ENDPOINT_BLOCKED");
        assertThat(blocked.number(5)).isEqualTo(engine.now / 1000 + 9_000);
    }

    @Test
    void theLogTellsOfEachChange() {
        Engine engine = twoAccounts();
        fail(engine, 6);
        long untilMs = engine.now / 1000 + 3_750;
        assertThat(engine.logged())
                .containsEntry("subject", "endpoint:m")
                .containsEntry("what", "OPENED")
                .containsEntry("why", "test")
                .containsEntry("until_ms", "" + untilMs);

        engine.advanceMs(3_750);
        Answer probe = granted(engine);
        assertThat(engine.logged())
                .containsEntry("subject", "endpoint:m")
                .containsEntry("what", "HALF_OPEN")
                .containsEntry("why", "probe")
                .containsEntry("until_ms", "0");

        assertThat(engine.settle(probe, How.success(1)).number(5)).isZero();
        assertThat(engine.logged())
                .containsEntry("subject", "endpoint:m")
                .containsEntry("what", "CLOSED")
                .containsEntry("why", "recovered")
                .containsEntry("until_ms", "0");
    }

    @Test
    void partsOfAMillisecondAreRoundedUp() {
        BreakerConfig breaker = new BreakerConfig(
                3,
                Duration.ofMinutes(1),
                Duration.ofMillis(1_001),
                Duration.ofMinutes(10),
                10,
                OptionalDouble.empty(),
                OptionalInt.empty());
        Engine engine = engine(Pools.pool(
                Strategy.MOST_HEADROOM,
                UnhealthyPolicy.DENY,
                breaker,
                List.of(solo("a", requests(perMinute(1000))), solo("b", requests(perMinute(1000))))));
        fail(engine, 5);
        engine.jitter = 801;

        Reply opened = engine.settle(granted(engine), How.of("provider_failed"));

        assertThat(opened.number(5)).as("51 of 50.46 of 63 of 62.56").isEqualTo(engine.now / 1000 + 51);
        engine.advanceMs(51);
        opened = engine.settle(granted(engine), How.of("provider_failed"));
        assertThat(opened.number(5)).as("126 of them, times 0.801").isEqualTo(engine.now / 1000 + 101);
    }

    @Test
    void aRowIsForgottenAfterTheWindowUnlessSomethingElseIsKnown() {
        Engine alone = twoAccounts();
        fail(alone, 1);
        alone.advanceMs(60_000);
        fail(alone, 1);
        assertThat(alone.hash("outages").get("m")).contains(" 1 0 ");

        jedis.flushDB();
        Engine engine = twoAccounts();
        fail(engine, 1);
        engine.advanceMs(30_000);
        engine.settle(engine.acquire(1), How.of("provider_failed").on("other"));
        engine.advanceMs(30_000);
        fail(engine, 1);
        assertThat(engine.hash("outages").get("m"))
                .as("not longer ago than the window")
                .contains(" 2 0 ");
    }

    @Test
    void whatHasEndedIsForgottenAtTheNextSuccess() {
        Engine engine = twoAccounts();
        Answer works = granted(engine);
        engine.settle(granted(engine), How.of("rate_limited").block("endpoint", 9_000));
        engine.settle(
                engine.acquire(1),
                How.of("rate_limited").block("endpoint", 10_000).on("other"));
        engine.advanceMs(9_000);

        engine.settle(works, How.success(1));

        assertThat(engine.hash("outages")).containsOnlyKeys("-", "other");
    }

    @Test
    void aPauseThatIsKnownAlreadyIsNoChange() {
        Engine engine = twoAccounts();
        Answer one = granted(engine);
        Answer two = granted(engine);
        How paused = How.of("rate_limited").block("endpoint", 9_000);
        assertThat(engine.settle(one, paused).text(4)).isEqualTo("ENDPOINT_BLOCKED");

        assertThat(engine.settle(two, paused).text(4)).isEqualTo("NONE");
    }

    @Test
    void aPauseOfAModelThatFailsNeedsItsProbeAllTheSame() {
        Engine engine = twoAccounts();
        Answer early = granted(engine);
        fail(engine, 6);

        engine.settle(early, How.of("rate_limited").block("endpoint", 540_000));

        assertThat(engine.hash("meta"))
                .as("remembered for the longest rest more")
                .containsEntry("outages_ms", "" + (engine.now / 1000 + 540_000 + 600_000));
        engine.advanceMs(540_000);
        granted(engine);
        assertThat(refusal(engine)).as("one probe").containsExactly("DENIED", "ENDPOINT");
    }

    private static boolean rests(Candidate candidate) {
        return candidate.what().equals("endpoint");
    }

    @Test
    void otherModelsGoOn() {
        Engine engine = twoAccounts();
        fail(engine, 6);

        assertThat(engine.acquire(Ask.tokens(1).calling("other")).granted()).isTrue();
        assertThat(engine.acquire(1).granted()).isTrue();
    }

    @Test
    void aSuccessOfAnybodyEndsTheRow() {
        Engine engine = twoAccounts();
        fail(engine, 5);
        engine.settle(granted(engine), How.success(1));
        assertThat(engine.hash("outages")).containsOnlyKeys("-");

        fail(engine, 5);
        assertThat(engine.acquire(ASK).granted()).isTrue();
    }

    @Test
    void failuresFurtherApartThanTheWindowAreNoRow() {
        Engine engine = twoAccounts();
        fail(engine, 5);
        engine.advanceMs(60_001);
        fail(engine, 5);
        assertThat(engine.acquire(ASK).granted()).isTrue();
    }

    @Test
    void aSingleAccountNeedsMoreFailures() {
        Engine engine = engine(headroom(solo("a", requests(perMinute(1000)))));
        fail(engine, 8);
        Answer last = granted(engine);
        engine.settle(last, How.of("provider_failed"));
        assertThat(refusal(engine)).containsExactly("DENIED", "ENDPOINT");
    }

    @Test
    void oneProbeInTheClusterFindsOutWhetherItWorks() {
        Engine engine = twoAccounts();
        fail(engine, 6);
        engine.advanceMs(3_750);

        Answer probe = granted(engine);
        assertThat(refusal(engine)).containsExactly("DENIED", "ENDPOINT");
        engine.settle(probe, How.success(1));

        assertThat(engine.acquire(ASK).granted()).isTrue();
        assertThat(engine.hash("outages")).containsOnlyKeys("-");
    }

    @Test
    void aFailedProbeRestsTwiceAsLongUpToTheCoolDown() {
        Engine engine = twoAccounts();
        fail(engine, 6);
        for (long rest : new long[] {7_500, 15_000, 30_000, 60_000, 60_000}) {
            engine.advanceMs(60_000);
            engine.settle(granted(engine), How.of("provider_failed"));
            assertThat(engine.acquire(ASK).reply().number(5)).isEqualTo(rest * 1000);
        }
    }

    @Test
    void aProbeThatSaysNothingMakesAnotherOneDue() {
        Engine engine = twoAccounts();
        fail(engine, 6);
        engine.advanceMs(3_750);
        engine.settle(granted(engine), How.of("unused"));
        assertThat(engine.hash("outages").get("m"))
                .startsWith("OPEN " + engine.now / 1000 + " ")
                .endsWith(" 6 1 * - test");

        Answer lost = granted(engine);
        assertThat(refusal(engine)).containsExactly("DENIED", "ENDPOINT");
        engine.advanceMs(30_000);
        assertThat(engine.explain("m", 1)).as("nobody's probe is under way").noneMatch(OutageScriptTest::rests);
        assertThat(engine.acquire(ASK).granted())
                .as("the probe's lease has expired")
                .isTrue();
        assertThat(refusal(engine)).as("one probe").containsExactly("DENIED", "ENDPOINT");
        assertThat(lost.granted()).isTrue();
    }

    @Test
    void aProbeIsNeverDatedAhead() {
        Engine engine = engine(headroom(solo("a", requests(perMinute(10)))));
        fail(engine, 9);
        engine.acquire(1);
        engine.advanceMs(3_750);

        Reply reply = engine.acquire(ASK.waiting(60_000_000)).reply();

        assertThat(reply.status()).isEqualTo("DENIED");
        assertThat(reply.text(4)).isEqualTo("RATE_LIMITED");
        assertThat(engine.hash("outages").get("m")).startsWith("OPEN ");
    }

    @Test
    void aModelWithoutCapacityRestsAsLongAsTheProviderSaysForAllAccounts() {
        Engine engine = twoAccounts();
        Answer early = granted(engine);

        engine.settle(granted(engine), How.of("rate_limited").block("endpoint", 12_000));

        assertThat(engine.acquire(ASK).reply().number(5)).isEqualTo(12_000_000);
        engine.settle(early, How.of("rate_limited").block("endpoint", 5_000));
        assertThat(engine.acquire(ASK).reply().number(5))
                .as("no block shortens another")
                .isEqualTo(12_000_000);
        assertThat(engine.hash("key:a")).containsEntry("blocked_until_ms", "0");
        engine.advanceMs(12_000);
        granted(engine);
        granted(engine);
    }

    @Test
    void aProbeThatMeetsNoCapacityLeavesTheModelAtRest() {
        Engine engine = twoAccounts();
        fail(engine, 6);
        engine.advanceMs(3_750);

        engine.settle(granted(engine), How.of("rate_limited").block("endpoint", 9_000));

        assertThat(engine.acquire(ASK).reply().number(5)).isEqualTo(9_000_000);
        engine.advanceMs(9_000);
        granted(engine);
        granted(engine);
    }

    @Test
    void aKeyThatFailsWhereOthersSucceedIsStillFound() {
        Engine engine = twoAccounts();
        for (int i = 0; i < 3; i++) {
            engine.settle(engine.acquire(ASK.withoutKeys("a")), How.success(1));
            engine.settle(engine.acquire(ASK.withoutKeys("b")), How.of("provider_failed"));
        }
        assertThat(engine.hash("key:a")).containsEntry("state", "OPEN");
        assertThat(engine.acquire(ASK).granted()).isTrue();
    }

    @Test
    void whatIsKnownOfEndpointsIsBounded() {
        Engine engine = engine(headroom(solo("a", requests(perMinute(100_000)))));
        for (int i = 0; i < 900; i++) {
            // So long that Redis keeps them in no order.
            String model = "m".repeat(80) + i;
            engine.settle(
                    engine.acquire(1),
                    How.of("rate_limited").block("endpoint", 60_000).on(model));
            engine.settle(engine.acquire(1), How.success(1).on(model));
        }
        assertThat(engine.hash("outages")).hasSize(257).containsKey("-");
        assertThat(engine.hash("endpoints")).hasSize(256).containsKey("-");
    }

    @Test
    void failuresThatNameAPauseAreARowAllTheSame() {
        Engine engine = twoAccounts();
        How failed = How.of("provider_failed").block("endpoint", 1_000);
        for (int i = 0; i < 5; i++) {
            engine.settle(granted(engine), failed);
            assertThat(engine.acquire(ASK).reply().number(5)).isEqualTo(1_000_000);
            engine.advanceMs(1_000);
        }
        engine.settle(granted(engine), failed);
        assertThat(engine.acquire(ASK).reply().number(5))
                .as("it rests as one that is failing")
                .isEqualTo(3_750_000);

        engine.advanceMs(3_750);
        assertThat(granted(engine).granted()).as("one probe").isTrue();
        assertThat(refusal(engine)).containsExactly("DENIED", "ENDPOINT");
        assertThat(engine.hash("key:a")).containsEntry("state", "CLOSED");
        assertThat(engine.hash("key:b")).containsEntry("state", "CLOSED");
    }

    @Test
    void failuresOfCallsUnderWayCountWhileTheModelRests() {
        Engine engine = twoAccounts();
        List<Answer> underWay =
                IntStream.range(0, 6).mapToObj(i -> granted(engine)).toList();
        underWay.forEach(lease -> engine.settle(lease, How.of("provider_failed").block("endpoint", 60_000)));

        assertThat(engine.acquire(ASK).reply().number(5))
                .as("no rest shortens another")
                .isEqualTo(60_000_000);
        engine.advanceMs(60_000);
        granted(engine);
        assertThat(refusal(engine)).as("one probe").containsExactly("DENIED", "ENDPOINT");
    }

    @Test
    void aSuccessEndsTheRowAndLeavesThePauseThatTheProviderNamed() {
        Engine engine = twoAccounts();
        Answer works = granted(engine);
        for (int i = 0; i < 5; i++) {
            Answer lease = granted(engine);
            engine.settle(lease, How.of("provider_failed"));
        }
        Answer last = granted(engine);
        engine.settle(last, How.of("rate_limited").block("endpoint", 9_000));

        engine.settle(works, How.success(1));

        assertThat(engine.acquire(ASK).reply().number(5)).isEqualTo(9_000_000);
        engine.advanceMs(9_000);
        fail(engine, 5);
        assertThat(engine.acquire(ASK).granted()).isTrue();
    }

    @Test
    void aDamagedEntryHoldsUpNobody() {
        Engine engine = twoAccounts();
        fail(engine, 6);
        jedis.hset(engine.prefix + "outages", "m", "OPEN soon");

        engine.settle(granted(engine), How.of("provider_failed"));

        assertThat(engine.hash("outages").get("m")).startsWith("FAILING ");
    }
}
