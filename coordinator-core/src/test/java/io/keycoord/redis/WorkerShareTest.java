package io.keycoord.redis;

import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.Usage;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.RedisDownPolicy;
import io.keycoord.config.TenantConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a worker lets pass by itself, on a clock that the test moves; the share that it is told is 400,000 millionths. */
class WorkerShareTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final LeaseRequest CALL = LeaseRequest.of("test").withModel("m");

    /** Replies as the script would, or is silent. */
    private final class Redis implements ScriptRunner {
        final List<List<String>> said = new ArrayList<>();

        @Nullable
        Trouble trouble;

        @Override
        public Reply run(Script script, String redisKey, List<String> args) {
            said.add(args);
            if (trouble != null) {
                throw new StoreUnavailableException("present", "test", trouble, null);
            }
            return new Reply(script, List.of("PRESENT", Long.toString(now / 1_000), "1", "0", "400000"));
        }

        @Override
        public void close() {}
    }

    private long now;
    private final Redis redis = new Redis();
    private PoolConfig config = headroom(solo("a", requests(perMinute(60))), solo("b", requests(perMinute(60))))
            .withWhenRedisIsDown(RedisDownPolicy.LOCAL_SHARE);

    private WorkerShare told() {
        WorkerShare share = new WorkerShare(config, redis, "meta", "w1", new ServerClock(() -> now), () -> now);
        share.tell();
        return share;
    }

    /** Cut off for so long that every window has gone by. */
    private WorkerShare cutOff() {
        WorkerShare share = told();
        share.saw("a", "a", Outcome.success(Usage.NONE));
        now += 80 * SECOND;
        return share;
    }

    private WorkerShare.Answer pass(WorkerShare share, LeaseRequest call) {
        List<Roster.Seat> seats = config.accounts().stream()
                .map(account -> new Roster.Seat("key:" + account.id(), 1, account.id(), List.of(account.id())))
                .toList();
        return share.pass(call, new Roster(seats), (input, output) -> 0);
    }

    private WorkerShare.Passed passed(WorkerShare share, LeaseRequest call) {
        return Objects.requireNonNull(pass(share, call).passed());
    }

    private int passes(WorkerShare share, LeaseRequest call) {
        int passed = 0;
        while (pass(share, call).passed() != null) {
            passed++;
        }
        return passed;
    }

    @Test
    void itBeginsWhenRedisMustHaveNoticedAndWithNothing() {
        WorkerShare share = told();
        share.saw("a", "a", Outcome.success(Usage.NONE));
        now += 5 * SECOND;
        assertThat(pass(share, CALL).waitNanos()).isEqualTo(7 * SECOND + 2_500_000_000L);

        now += 7 * SECOND;
        assertThat(passes(share, CALL)).isZero();
        now += 5 * SECOND;
        assertThat(passes(share, CALL)).isEqualTo(2);
        now += 60 * SECOND;
        assertThat(passes(share, CALL)).isEqualTo(24);
    }

    @Test
    void aWindowGoesByOnceAndThenTheShareOfItPasses() {
        config = headroom(solo("a", requests(RateLimit.perMinute(60).withArrivalJitter(Duration.ZERO))))
                .withWhenRedisIsDown(RedisDownPolicy.LOCAL_SHARE);
        WorkerShare share = told();
        share.saw("a", "a", Outcome.success(Usage.NONE));
        now += 71 * SECOND;
        assertThat(pass(share, CALL).waitNanos()).isEqualTo(SECOND);
        now += SECOND;
        assertThat(passes(share, CALL)).isEqualTo(24);
        assertThat(pass(share, CALL).waitNanos()).isEqualTo(60 * SECOND);
        now += 60 * SECOND;
        assertThat(passes(share, CALL)).isEqualTo(24);
    }

    @Test
    void onlyKeysThatWorkedTheLastTimeAreUsed() {
        WorkerShare share = cutOff();
        assertThat(pass(share, CALL.withoutKey("a")).waitNanos()).isEqualTo(ShareMeter.NEVER);

        WorkerShare.Passed call = passed(share, CALL);
        call.ended(Outcome.keyFailed(Outcome.Failure.DEAD, "gone"), Optional.empty());

        assertThat(pass(share, CALL).waitNanos()).isEqualTo(ShareMeter.NEVER);
    }

    @Test
    void whatTheProviderBlocksRests() {
        WorkerShare share = cutOff();
        share.saw("b", "b", Outcome.success(Usage.NONE));
        share.saw("a", "a", Outcome.rateLimited(Duration.ofSeconds(30)));
        share.saw(
                "b",
                "b",
                Outcome.rateLimited(new Outcome.Block(Outcome.Scope.KEY, Duration.ofSeconds(40)), "key_limit"));

        assertThat(pass(share, CALL).waitNanos()).isEqualTo(30 * SECOND);
        now += 30 * SECOND;
        assertThat(pass(share, CALL.withoutKey("a")).waitNanos()).isEqualTo(10 * SECOND);
        assertThat(passes(share, CALL)).isEqualTo(24);
    }

    @Test
    void aLimitOfADayIsNotDivided() {
        config = headroom(solo("a", requests(RateLimit.perDay(1_000_000))))
                .withWhenRedisIsDown(RedisDownPolicy.LOCAL_SHARE);

        assertThat(pass(cutOff(), CALL)).isEqualTo(WorkerShare.Answer.NOTHING);
        assertThat(redis.said.get(0).get(5)).isEqualTo("1");
    }

    @Test
    void whatHoldsTooLittleToBeDividedIsUsedByNobodyAlone() {
        config = headroom(solo("a", requests(perMinute(60).asBucket(4))))
                .withWhenRedisIsDown(RedisDownPolicy.LOCAL_SHARE);
        assertThat(pass(cutOff(), CALL)).isEqualTo(WorkerShare.Answer.NOTHING);

        config = headroom(solo("a", requests(perMinute(60).asBucket(5))))
                .withWhenRedisIsDown(RedisDownPolicy.LOCAL_SHARE);
        assertThat(passes(cutOff(), CALL)).isEqualTo(2);
    }

    @Test
    void budgetsOfTheTenantAndOfThePoolAreDividedToo() {
        config = config.withTenants(TenantConfig.of("t", LimitConfig.of("*").withRequests(perMinute(20))))
                .withOverall(LimitConfig.of("*").withRequests(perMinute(30)));
        WorkerShare share = cutOff();

        assertThat(passes(share, CALL.withTenant("t"))).isEqualTo(8);
        assertThat(passes(share, CALL)).isEqualTo(4);
    }

    @Test
    void whatACallUsedBeyondItsEstimateIsCharged() {
        config = headroom(solo("a", tokens(perMinute(600)))).withWhenRedisIsDown(RedisDownPolicy.LOCAL_SHARE);
        WorkerShare share = cutOff();
        WorkerShare.Passed call = passed(share, CALL.withTokens(40, 0));

        call.ended(Outcome.success(Usage.tokens(100, 100)), Optional.of(new ShareLimits.Cost(100, 100, 0)));

        assertThat(passes(share, CALL.withTokens(10, 0))).isEqualTo(4);
    }

    @Test
    void slotsAreSharedWhenTheLeasesOfBeforeHaveEnded() {
        config = headroom(solo("a", concurrency(5)))
                .withLeaseTtl(Duration.ofSeconds(100))
                .withWhenRedisIsDown(RedisDownPolicy.LOCAL_SHARE);
        WorkerShare share = cutOff();
        assertThat(pass(share, CALL).waitNanos()).isEqualTo(30 * SECOND);

        now += 30 * SECOND;
        WorkerShare.Passed call = passed(share, CALL);
        assertThat(passes(share, CALL)).isEqualTo(1);
        call.ended(Outcome.success(Usage.NONE), Optional.empty());
        assertThat(passes(share, CALL)).isEqualTo(1);
    }

    @Test
    void itEndsBeforeRedisGivesItToOthers() {
        WorkerShare share = told();
        share.saw("a", "a", Outcome.success(Usage.NONE));
        now += 299 * SECOND;
        assertThat(pass(share, CALL).passed()).isNotNull();
        now += SECOND;
        assertThat(pass(share, CALL)).isEqualTo(WorkerShare.Answer.NOTHING);
    }

    @Test
    void whoTriesToComeBackUsesItNoMore() {
        WorkerShare share = cutOff();
        assertThat(passes(share, CALL)).isPositive();
        redis.trouble = Trouble.AWAY;

        assertThatThrownBy(share::tell).isInstanceOf(StoreUnavailableException.class);
        now += 80 * SECOND;

        assertThat(redis.said.get(1).subList(3, 5)).containsExactly("busy", "0");
        assertThat(pass(share, CALL)).isEqualTo(WorkerShare.Answer.NOTHING);
    }

    @Test
    void aRedisThatRefusesToTakeItHasNotHeardIt() {
        WorkerShare share = cutOff();
        redis.trouble = Trouble.UNABLE;

        assertThat(passes(share, CALL)).isEqualTo(24);
        assertThatThrownBy(share::tell).isInstanceOf(StoreUnavailableException.class);

        assertThat(passes(share, CALL)).as("what has been used stays used").isZero();
        now += 5 * SECOND;
        assertThat(passes(share, CALL)).isEqualTo(2);
    }

    @Test
    void aMomentWithoutRedisIsForgottenWhenRedisHasAnswered() {
        WorkerShare share = told();
        share.saw("a", "a", Outcome.success(Usage.NONE));
        now += SECOND;
        assertThat(passes(share, CALL)).isZero();
        for (int i = 0; i < 60; i++) {
            now += 2 * SECOND;
            share.tell();
        }

        now += SECOND;
        assertThat(passes(share, CALL))
                .as("Redis has just heard of this worker")
                .isZero();
        assertThat(pass(share, CALL).waitNanos()).isGreaterThan(10 * SECOND);
    }

    @Test
    void afterALossOfStateNobodyHasAShare() {
        WorkerShare share = cutOff();
        share.forget();

        assertThat(pass(share, CALL)).isEqualTo(WorkerShare.Answer.NOTHING);
    }
}
