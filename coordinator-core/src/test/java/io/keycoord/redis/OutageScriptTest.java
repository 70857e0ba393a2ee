package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.util.List;
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

        Answer lost = granted(engine);
        assertThat(refusal(engine)).containsExactly("DENIED", "ENDPOINT");
        engine.advanceMs(30_000);
        assertThat(engine.acquire(ASK).granted())
                .as("the probe's lease has expired")
                .isTrue();
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
            engine.settle(
                    engine.acquire(1),
                    How.of("rate_limited").block("endpoint", 60_000).on("m" + i));
            engine.settle(engine.acquire(1), How.success(1).on("m" + i));
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
