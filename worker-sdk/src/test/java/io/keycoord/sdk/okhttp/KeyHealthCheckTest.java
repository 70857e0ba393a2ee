package io.keycoord.sdk.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.Acquisition.Denied;
import io.keycoord.ApiSecret;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.Outcome.Block;
import io.keycoord.Outcome.Failure;
import io.keycoord.Outcome.Scope;
import io.keycoord.SecretSource;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.KeyView;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.PoolOperator;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.simulator.Fault;
import io.keycoord.simulator.FaultKind;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

@ExtendWith(RedisExtension.class)
class KeyHealthCheckTest {
    private static final String POOL = "pool";
    private static final String CONFIG = """
            {"pools": [{"id": "pool", "provider": "openrouter", "baseUrl": "URL", "accounts": [
              {"id": "a", "limits": [{"models": "x", "concurrency": 9}, {"models": "*", "concurrency": 9}],
               "keys": [{"id": "a1", "secret": "test:a1"}, {"id": "a2", "secret": "test:a2"}]},
              {"id": "b", "keys": [{"id": "b1", "secret": "test:b1"}]}]}]}
            """;
    private static final HealthCheckOptions OPTIONS = HealthCheckOptions.standard();
    private static final SecretSource SECRETS =
            reference -> Optional.of(ApiSecret.of(reference.replace("test:", "sim-secret-")));

    private final TestRedis redis;
    private final ProviderSimulator provider = ProviderSimulator.start(SimulatorConfig.builder()
            .account(SimulatedAccount.builder("a")
                    .key("a1", "sim-secret-a1")
                    .key("a2", "sim-secret-a2")
                    .credits(10)
                    .build())
            .account(SimulatedAccount.builder("b").key("b1", "sim-secret-b1").build())
            .build());
    private final Provider scripted = new Provider();

    KeyHealthCheckTest(TestRedis redis) {
        this.redis = redis;
    }

    @BeforeEach
    void clear() {
        redis.clear();
    }

    @AfterEach
    void stop() {
        provider.close();
        scripted.close();
    }

    private static PoolConfig pool(URI baseUrl) {
        return CoordinatorConfig.parse(CONFIG.replace("URL", baseUrl.toString()), Set.of("test"))
                .pools()
                .get(0);
    }

    private RedisKeyCoordinator coordinator() {
        return RedisKeyCoordinator.builder()
                .redis(redis.uri().toString())
                .config(CoordinatorConfig.parse(
                        CONFIG.replace("URL", provider.baseUrl().toString()), Set.of("test")))
                .secrets(SECRETS)
                .workerId("worker-7")
                .build();
    }

    private KeyHealthCheck check(RedisKeyCoordinator keys, URI baseUrl) {
        return new KeyHealthCheck(pool(baseUrl), SECRETS, keys.revival(), OPTIONS);
    }

    private void look(RedisKeyCoordinator keys) {
        look(keys, provider.baseUrl());
    }

    private void look(RedisKeyCoordinator keys, URI baseUrl) {
        try (KeyHealthCheck check = check(keys, baseUrl)) {
            check.look();
        }
    }

    /** A lease of this very key ends so. */
    private static void end(RedisKeyCoordinator keys, String key, Outcome outcome) {
        LeaseRequest request = LeaseRequest.of(POOL);
        for (String other : List.of("a1", "a2", "b1")) {
            request = other.equals(key) ? request : request.withoutKey(other);
        }
        Lease lease = keys.tryAcquire(request).orElseThrow();
        assertThat(lease.keyId()).isEqualTo(key);
        lease.settle(outcome);
    }

    private static Outcome dead() {
        return Outcome.keyFailed(Failure.DEAD, "http_401_key_invalid");
    }

    private static Outcome blocked(Scope scope, String why) {
        return Outcome.rateLimited(new Block(scope, Duration.ofHours(1)), why);
    }

    private KeyView view(String key) {
        try (PoolInspector inspector = PoolInspector.connect(redis.uri().toString())) {
            return inspector.key(POOL, key).orElseThrow();
        }
    }

    private boolean serves(RedisKeyCoordinator keys, String key) {
        return keys.explain(LeaseRequest.of(POOL)).stream()
                .anyMatch(each -> each.key().equals(key) && each.what().isEmpty());
    }

    /** As if the time had come at which it is asked about again. */
    private void timeHasCome(String key) {
        try (Jedis jedis = new Jedis(redis.uri())) {
            assertThat(jedis.hset("keycoord:{pool}:key:" + key, "asked_until_ms", "0"))
                    .isZero();
        }
    }

    private List<String> log() {
        try (Jedis jedis = new Jedis(redis.uri())) {
            return jedis.xrevrange("keycoord:{pool}:log", "+", "-", 1).stream()
                    .map(entry -> entry.getFields().toString())
                    .toList();
        }
    }

    @Test
    void aDeadKeyThatIsGoodAgainComesBackAndTheLogSaysWhy() {
        try (RedisKeyCoordinator keys = coordinator()) {
            end(keys, "b1", dead());
            assertThat(view("b1").state()).isEqualTo("DISABLED");

            look(keys);

            assertThat(view("b1").state()).isEqualTo("CLOSED");
            end(keys, "b1", Outcome.unused());
            assertThat(log().toString())
                    .contains("REVIVED", "worker-7", "health check: the provider says", "http_401_key_invalid");
            assertThat(provider.stats().keyQueries()).isEqualTo(1);
        }
    }

    @Test
    void aSuspectKeyComesBackBeforeItsRestIsOver() {
        try (RedisKeyCoordinator keys = coordinator()) {
            end(keys, "a1", Outcome.keyFailed(Failure.SUSPECT, "http_401_auth"));
            assertThat(view("a1").state()).isEqualTo("OPEN");

            look(keys);

            assertThat(view("a1").state()).isEqualTo("CLOSED");
        }
    }

    @Test
    void aKeyThatIsStillBadStaysOutAndIsAskedAboutOnceByAllWorkers() {
        provider.script(Fault.ofKey("b1", FaultKind.INVALID_KEY));
        try (RedisKeyCoordinator one = coordinator();
                RedisKeyCoordinator two = coordinator()) {
            end(one, "b1", dead());

            look(one);
            look(two);
            look(one);
            assertThat(provider.stats().keyQueries()).isEqualTo(1);

            timeHasCome("b1");
            look(two);
            look(one);
            assertThat(provider.stats().keyQueries()).isEqualTo(2);
            assertThat(view("b1").state()).isEqualTo("DISABLED");

            provider.clearFaults();
            timeHasCome("b1");
            look(one);
            assertThat(view("b1").state()).isEqualTo("CLOSED");
        }
    }

    @Test
    void whatAnOperatorDrainedIsNotEvenAskedAbout() {
        try (RedisKeyCoordinator keys = coordinator();
                PoolOperator operator = PoolOperator.connect(redis.uri().toString(), "ops")) {
            end(keys, "b1", dead());
            operator.drain(POOL, "b1", "to be looked at");
            operator.drain(POOL, "a1", "planned");

            look(keys);

            assertThat(view("b1").state()).isEqualTo("DRAINING");
            assertThat(view("a1").state()).isEqualTo("DRAINING");
            assertThat(provider.stats().keyQueries()).isZero();
        }
    }

    @Test
    void otherFailuresAndLimitsAreNotItsBusiness() {
        try (RedisKeyCoordinator keys = coordinator()) {
            end(keys, "b1", Outcome.keyFailed(Failure.SUSPECT, "http_403_forbidden"));
            end(keys, "a1", blocked(Scope.ACCOUNT, "http_429_rate_limit"));

            look(keys);

            assertThat(provider.stats().keyQueries()).isZero();
            assertThat(view("b1").state()).isEqualTo("OPEN");
            assertThat(serves(keys, "a2")).isFalse();
        }
    }

    @Test
    void aKeyWhoseCapIsSpentWaitsUntilThereIsMoneyAgain() {
        provider.script(Fault.ofKey("a1", FaultKind.KEY_LIMIT));
        try (RedisKeyCoordinator keys = coordinator()) {
            end(keys, "a1", blocked(Scope.KEY, "http_403_key_budget"));
            look(keys);
            assertThat(serves(keys, "a1")).isFalse();

            provider.clearFaults();
            timeHasCome("a1");
            look(keys);
            end(keys, "a1", Outcome.unused());
        }
    }

    @Test
    void aDeadKeyWithoutMoneyStaysOut() {
        provider.script(Fault.ofKey("a1", FaultKind.KEY_LIMIT));
        try (RedisKeyCoordinator keys = coordinator()) {
            end(keys, "a1", dead());
            look(keys);
            assertThat(view("a1").state()).isEqualTo("DISABLED");
        }
    }

    @Test
    void anAccountWithoutMoneyIsAskedForOnceAndComesBackWithAllItsKeys() {
        provider.script(Fault.ofAccount("a", FaultKind.INSUFFICIENT_CREDITS));
        try (RedisKeyCoordinator keys = coordinator()) {
            end(keys, "a2", blocked(Scope.ACCOUNT, "http_402_money"));
            look(keys);
            assertThat(provider.stats().keyQueries()).isEqualTo(1);
            assertThat(keys.tryAcquire(LeaseRequest.of(POOL).withoutKey("b1"))).isInstanceOf(Denied.class);

            provider.clearFaults();
            timeHasCome("a1");
            look(keys);
            assertThat(provider.stats().keyQueries()).isEqualTo(2);
            end(keys, "a1", Outcome.unused());
            end(keys, "a2", Outcome.unused());
        }
    }

    @Test
    void anAccountWhoseMoneyIsNotToldStaysOut() {
        try (RedisKeyCoordinator keys = coordinator()) {
            end(keys, "b1", blocked(Scope.ACCOUNT, "http_402_money"));
            look(keys);
            assertThat(provider.stats().keyQueries()).isEqualTo(1);
            assertThat(serves(keys, "b1")).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 503, 429, 404, 302})
    void anAnswerThatSaysNothingChangesNothing(int status) {
        scripted.answers(status, "{}").answers(status, "{}");
        try (RedisKeyCoordinator keys = coordinator()) {
            end(keys, "b1", dead());
            look(keys, scripted.baseUrl());
            assertThat(scripted.server.getRequestCount()).isPositive();
            assertThat(view("b1").state()).isEqualTo("DISABLED");
        }
    }

    @Test
    void aProviderThatIsAwayChangesNothing() {
        URI nowhere = scripted.baseUrl();
        scripted.close();
        try (RedisKeyCoordinator keys = coordinator()) {
            end(keys, "b1", dead());
            look(keys, nowhere);
            assertThat(view("b1").state()).isEqualTo("DISABLED");
        }
    }

    @Test
    void aClosedCheckEndsItsQuestionAndItsThread() throws Exception {
        scripted.server.enqueue(new MockResponse.Builder()
                .headersDelay(1, TimeUnit.HOURS)
                .body("{}")
                .build());
        try (RedisKeyCoordinator keys = coordinator()) {
            end(keys, "b1", dead());
            HealthCheckOptions quick = OPTIONS.withInterval(Duration.ofSeconds(1));
            KeyHealthCheck check = KeyHealthCheck.start(pool(scripted.baseUrl()), SECRETS, keys.revival(), quick);
            scripted.taken();
            assertThat(threads()).isEqualTo(1);

            check.close();
            check.close();

            Awaitility.await()
                    .atMost(Duration.ofSeconds(2))
                    .untilAsserted(() -> assertThat(threads()).isZero());
            assertThat(view("b1").state()).isEqualTo("DISABLED");
        }
    }

    @Test
    void itLooksByItselfAndGoesOnAfterAFailure() {
        RedisKeyCoordinator closed = coordinator();
        closed.close();
        HealthCheckOptions quick = OPTIONS.withInterval(Duration.ofSeconds(1));
        try (RedisKeyCoordinator keys = coordinator();
                KeyHealthCheck failing =
                        KeyHealthCheck.start(pool(provider.baseUrl()), SECRETS, closed.revival(), quick);
                KeyHealthCheck check = KeyHealthCheck.start(pool(provider.baseUrl()), SECRETS, keys.revival(), quick)) {
            end(keys, "b1", dead());
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(view("b1").state()).isEqualTo("CLOSED"));
            assertThat(threads()).isEqualTo(2);
            assertThat(List.of(failing, check)).hasSize(2);
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("keycoord-health-check-") && thread.isAlive())
                .count();
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> OPTIONS.withInterval(Duration.ofMillis(999)))
                .hasMessage("interval is PT0.999S, expected PT1S to PT24H");
        assertThatThrownBy(() -> OPTIONS.withLongest(Duration.ofSeconds(59)))
                .hasMessage("longest is PT59S, expected PT1M to PT24H");
    }
}
