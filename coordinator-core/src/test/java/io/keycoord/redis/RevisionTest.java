package io.keycoord.redis;

import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.keycoord.Acquisition.Denied;
import io.keycoord.Acquisition.Reason;
import io.keycoord.KeyCoordinator;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.Secrets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which of two configurations of a pool holds. */
class RevisionTest extends ScriptTest {
    private static final AccountConfig A = solo("a", concurrency(5));
    private static final AccountConfig SMALL_A = solo("a", concurrency(2));
    private static final AccountConfig B = solo("b", concurrency(2));

    private final LogLines log = new LogLines(PoolRegistration.class);
    private final LogLines strangers = new LogLines(LeaseDesk.class);

    @AfterEach
    void stopListening() {
        log.close();
        strangers.close();
    }

    private static PoolConfig pool(long revision, AccountConfig... accounts) {
        return headroom(accounts).withRevision(revision);
    }

    private Registered apply(PoolConfig pool) {
        try (PoolOperator operator = PoolOperator.connect(uri.toString(), "ops")) {
            return operator.apply(pool);
        }
    }

    private Registered applyOverAny(PoolConfig pool) {
        try (PoolOperator operator = PoolOperator.connect(uri.toString(), "ops")) {
            return operator.applyOverAny(pool);
        }
    }

    private Map<String, String> meta() {
        return jedis.hgetAll("keycoord:{test}:meta");
    }

    private String slotsOfA() {
        return String.valueOf(jedis.hget("keycoord:{test}:key:a", "max_in_flight"));
    }

    private boolean hasB() {
        return jedis.exists("keycoord:{test}:key:b");
    }

    @Test
    void higherRevisionReplacesALowerOne() {
        assertThat(apply(pool(1, A))).isEqualTo(Registered.NEW);
        assertThat(apply(pool(2, SMALL_A, B))).isEqualTo(Registered.IN_PLACE_OF_ANOTHER);

        assertThat(meta()).containsEntry("revision_number", "2");
        assertThat(slotsOfA()).isEqualTo("2");
        assertThat(hasB()).isTrue();
    }

    @Test
    void lowerRevisionChangesNothingAndIsTold() {
        apply(pool(9, SMALL_A, B));
        Map<String, String> before = meta();
        long logged = jedis.xlen("keycoord:{test}:log");

        assertThat(apply(pool(8, A))).isEqualTo(Registered.OLDER);

        assertThat(slotsOfA()).isEqualTo("2");
        assertThat(hasB()).isTrue();
        assertThat(meta())
                .containsEntry("revision_number", "9")
                .containsEntry("revision", before.getOrDefault("revision", ""));
        assertThat(jedis.xlen("keycoord:{test}:log")).isEqualTo(logged);
        assertThat(log.at(Level.WARN))
                .containsExactly(
                        "WARN pool test: revision 8 of its configuration is here and revision 9 in Redis, which"
                                + " stays; keys that only one of them has are left to others");
    }

    @Test
    void numbersAreComparedAsNumbers() {
        apply(pool(9, SMALL_A));

        assertThat(apply(pool(10, A))).isEqualTo(Registered.IN_PLACE_OF_ANOTHER);
    }

    @Test
    void workerOfALowerRevisionServesWithTheKeysThatItKnows() {
        apply(pool(2, SMALL_A, B));

        try (KeyCoordinator old = RedisKeyCoordinator.builder()
                        .redis(uri.toString())
                        .config(new CoordinatorConfig(List.of(pool(1, A))))
                        .secrets(Secrets.of(Map.of("a", "secret-a")))
                        .closeWait(Duration.ZERO)
                        .build();
                Lease lease = old.acquire(LeaseRequest.of("test").withMaxWait(Duration.ofSeconds(5)))) {
            assertThat(lease.keyId()).isEqualTo("a");
        }
        assertThat(hasB()).isTrue();
    }

    private RedisKeyCoordinator worker(PoolConfig pool) {
        return RedisKeyCoordinator.builder()
                .redis(uri.toString())
                .config(new CoordinatorConfig(List.of(pool)))
                .secrets(Secrets.of(Map.of("a", "secret-a", "b", "secret-b")))
                .closeWait(Duration.ZERO)
                .build();
    }

    private static String keyOf(KeyCoordinator keys) {
        try (Lease lease = keys.acquire(LeaseRequest.of("test").withMaxWait(Duration.ZERO))) {
            return lease.keyId();
        }
    }

    @Test
    void workerThatRunsGoesOnWhenLimitsAreChanged() {
        try (KeyCoordinator running = worker(headroom(limited(60)))) {
            assertThat(keyOf(running)).isEqualTo("a");

            for (int limit = 90; limit <= 91; limit++) {
                apply(headroom(limited(limit)));
                // It looks for its groups at most ten times a second.
                await().ignoreExceptions()
                        .untilAsserted(() -> assertThat(keyOf(running)).isEqualTo("a"));
            }
        }
    }

    @Test
    void workerOfALowerRevisionGoesByTheLimitsOfTheHigherOne() {
        apply(pool(2, limited(1)));

        try (KeyCoordinator old = worker(pool(1, limited(60)))) {
            old.acquire(LeaseRequest.of("test")).settle(Outcome.successWithoutUsage());

            assertThat(old.tryAcquire(LeaseRequest.of("test")))
                    .isInstanceOfSatisfying(
                            Denied.class, denied -> assertThat(denied.reason()).isEqualTo(Reason.RATE_LIMITED));
        }
    }

    @Test
    void halfOfTheAccountsThatMovedAreFound() {
        AccountConfig second = solo("b", requests(rate(60, Duration.ofMinutes(1), Mode.BUCKET)));
        try (RedisKeyCoordinator running = worker(headroom(limited(60), second))) {
            apply(headroom(limited(90), second));

            await().ignoreExceptions().untilAsserted(() -> {
                List<String> found = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    found.add(keyOf(running));
                }
                assertThat(found).contains("a", "b");
            });
        }
    }

    @Test
    void keyThatIsUnknownHereIsGivenBackOnce() {
        apply(headroom(limited(60), solo("new", requests(rate(60, Duration.ofMinutes(1), Mode.BUCKET)))));
        try (RedisKeyCoordinator running = worker(pool(1, limited(60)))) {
            apply(headroom(limited(60), solo("new", requests(rate(60, Duration.ofMinutes(1), Mode.BUCKET)))));

            for (int i = 0; i < 10; i++) {
                assertThat(keyOf(running)).isEqualTo("a");
            }
            assertThat(strangers.at(Level.WARN)).hasSizeLessThanOrEqualTo(1);
        }
    }

    private static AccountConfig limited(long perMinute) {
        return solo("a", requests(rate(perMinute, Duration.ofMinutes(1), Mode.BUCKET)));
    }

    @Test
    void lastOneHoldsOfEqualRevisions() {
        apply(pool(3, A, B));

        assertThat(apply(pool(3, SMALL_A))).isEqualTo(Registered.IN_PLACE_OF_ANOTHER);

        assertThat(slotsOfA()).isEqualTo("2");
        assertThat(hasB()).isFalse();
    }

    @Test
    void configurationWithoutARevisionReplacesAnyAndHasNone() {
        apply(pool(3, A, B));

        assertThat(apply(headroom(SMALL_A))).isEqualTo(Registered.IN_PLACE_OF_ANOTHER);
        assertThat(meta()).containsEntry("revision_number", "");

        assertThat(apply(pool(1, A))).isEqualTo(Registered.IN_PLACE_OF_ANOTHER);
        assertThat(meta()).containsEntry("revision_number", "1");
    }

    @Test
    void sameConfigurationMayOnlyRaiseItsRevision() {
        apply(pool(3, A));

        assertThat(apply(pool(5, A))).isEqualTo(Registered.AS_BEFORE);
        assertThat(meta()).containsEntry("revision_number", "5");
        assertThat(apply(pool(4, A))).isEqualTo(Registered.AS_BEFORE);
        assertThat(apply(headroom(A))).isEqualTo(Registered.AS_BEFORE);
        assertThat(meta()).containsEntry("revision_number", "5");
    }

    @Test
    void lowerRevisionCanBeForcedAndAHigherOneComesBack() {
        apply(pool(9, A, B));

        assertThat(applyOverAny(pool(4, SMALL_A))).isEqualTo(Registered.IN_PLACE_OF_ANOTHER);
        assertThat(meta()).containsEntry("revision_number", "4");
        assertThat(hasB()).isFalse();

        assertThat(apply(pool(9, A, B))).isEqualTo(Registered.IN_PLACE_OF_ANOTHER);
        assertThat(slotsOfA()).isEqualTo("5");
    }

    /** One registration is overtaken by a newer one between two of its steps. */
    @Test
    void noStepOfALowerRevisionFollowsTheFirstOfAHigherOne() {
        apply(pool(1, A, B));
        JedisScriptRunner scripts = new JedisScriptRunner(jedis, false);
        PoolPlan older = new PoolPlan(pool(2, SMALL_A));
        PoolPlan newer = new PoolPlan(pool(3, A, B, solo("c", concurrency(1))));
        Step ofOlder = (step, lines) -> step(scripts, older.revision() + ":2", step, lines);

        Reply opened = ofOlder.take("open", older.openLines());
        assertThat(opened.status()).isEqualTo("OPENED");
        older.number(List.of(opened.number(4)));
        step(scripts, newer.revision() + ":3", "open", newer.openLines());

        assertThat(ofOlder.take("accounts", older.accountCalls(100).get(0)).status())
                .isEqualTo("OLDER");
        assertThat(ofOlder.take("members", List.of()).status()).isEqualTo("OLDER");
        assertThat(ofOlder.take("remove", List.of("key:b")).status()).isEqualTo("OLDER");
        assertThat(ofOlder.take("close", List.of()).fields().subList(2, 4)).isEqualTo(List.of(1L, 3L));
        assertThat(slotsOfA()).isEqualTo("5");
        assertThat(hasB()).isTrue();
        assertThat(apply(pool(3, A, B, solo("c", concurrency(1))))).isEqualTo(Registered.IN_PLACE_OF_ANOTHER);
    }

    private interface Step {
        Reply take(String step, List<String> lines);
    }

    private static Reply step(ScriptRunner scripts, String revision, String step, List<String> lines) {
        List<String> args = new ArrayList<>(List.of("", step, revision, "full"));
        args.addAll(lines);
        return scripts.run(Script.REGISTER, Keyspace.STANDARD.meta("test"), args);
    }
}
