package io.keycoord.sdk.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition.Granted;
import io.keycoord.Acquisition.Reason;
import io.keycoord.ApiSecret;
import io.keycoord.KeyCoordinator;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.sdk.LeaseUnavailableException;
import io.keycoord.simulator.Fault;
import io.keycoord.simulator.FaultKind;
import io.keycoord.simulator.Latency;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import io.keycoord.simulator.SimulatorStats.Counts;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Other models and other pools, over leases in a real Redis, with a provider for each pool. The transport is the subclass's. */
@ExtendWith(RedisExtension.class)
@Timeout(90)
public abstract class DetourTest {
    /** What a caller gets. */
    public record Answer(int status, String body) {}

    private static final String OWN = "own";
    private static final String OTHER = "other";
    private static final String CHAT =
            "{\"max_tokens\":40, \"model\" : \"sim/chat\",\"messages\":[{\"role\":\"user\",\"content\":\"sim/chat?\"}]}";
    private static final Duration PATIENT = Duration.ofSeconds(30);

    private final TestRedis redis;
    private final ProviderSimulator own = provider("own", "sim/chat", "sim/small");
    private final ProviderSimulator other = provider("other", "sim/chat", "other/chat");
    private final KeyCoordinator keys;
    private final CallCounts counts = new CallCounts();

    protected DetourTest(TestRedis redis) {
        this.redis = redis;
        redis.clear();
        String config = "{'pools':[" + pool(OWN, own) + "," + pool(OTHER, other) + "]}";
        keys = RedisKeyCoordinator.builder()
                .redis(redis.uri().toString())
                .config(CoordinatorConfig.parse(config.replace('\'', '"'), Set.of("test")))
                .secrets(reference -> Optional.of(ApiSecret.of(reference.replace("test:", "sim-secret-"))))
                .build();
    }

    private static ProviderSimulator provider(String name, String... models) {
        return ProviderSimulator.start(SimulatorConfig.builder()
                .models(List.of(models))
                .latency(Latency.none())
                .account(SimulatedAccount.builder(name)
                        .key(name + "-1", "sim-secret-" + name)
                        .build())
                .build());
    }

    private static String pool(String id, ProviderSimulator provider) {
        return "{'id':'" + id + "','provider':'openrouter','baseUrl':'" + provider.baseUrl()
                + "','accounts':[{'id':'" + id + "-a','limits':[{'models':'*','requests':'30/1h','concurrency':2}],"
                + "'keys':[{'id':'" + id + "-k','secret':'test:" + id + "'}]}]}";
    }

    @AfterEach
    void stop() {
        keys.close();
        own.close();
        other.close();
    }

    /** Makes a call and reads its answer. */
    protected abstract Answer send(
            KeyCoordinator keys, String pool, CallOptions options, URI uri, String body, Duration timeout)
            throws Exception;

    /** Makes a call with a body that can be written once, and reads its answer. */
    protected abstract Answer sendOnce(KeyCoordinator keys, String pool, CallOptions options, URI uri, byte[] body)
            throws Exception;

    private Answer call(CallOptions options, String body) throws Exception {
        return call(options, body, PATIENT);
    }

    private Answer call(CallOptions options, String body, Duration timeout) throws Exception {
        CallOptions counted = options.withCounts(counts);
        return send(keys, OWN, counted, URI.create(own.baseUrl() + "/chat/completions?x=1"), body, timeout);
    }

    private static CallOptions lastResort() {
        return CallOptions.standard().withLastResort(OTHER);
    }

    private static long calls(ProviderSimulator provider) {
        // Whose secret a call carries is told by the provider: one of another pool would be unknown.
        assertThat(provider.stats().unknown().requests()).isZero();
        Counts total = provider.stats().total();
        return total.requests();
    }

    private void assertNothingHeld() {
        try (PoolInspector inspector = PoolInspector.connect(redis.uri().toString())) {
            await().until(() ->
                    inspector.leases(OWN).isEmpty() && inspector.leases(OTHER).isEmpty());
            assertThat(inspector.keys(OWN))
                    .allSatisfy(key -> assertThat(key.inFlight()).isZero());
            assertThat(inspector.keys(OTHER))
                    .allSatisfy(key -> assertThat(key.inFlight()).isZero());
        }
    }

    private void useUp(String pool) {
        while (keys.tryAcquire(LeaseRequest.of(pool)) instanceof Granted granted) {
            granted.lease().settle(Outcome.successWithoutUsage());
        }
    }

    @Test
    void callThatOwnKeysCannotServeGoesToTheOtherPool() throws Exception {
        useUp(OWN);

        assertThat(call(lastResort(), CHAT).status()).isEqualTo(200);

        assertThat(calls(own)).isZero();
        assertThat(calls(other)).isEqualTo(1);
        assertThat(counts.lastResorts()).isEqualTo(1);
        assertNothingHeld();
    }

    @Test
    void withoutALastResortItFails() {
        useUp(OWN);

        assertThatThrownBy(() -> call(CallOptions.standard(), CHAT)).isInstanceOf(LeaseUnavailableException.class);

        assertThat(calls(other)).isZero();
    }

    @Test
    void whenNoPoolCanServeTheCallerIsToldOfItsOwn() {
        useUp(OWN);
        useUp(OTHER);

        assertThatThrownBy(() -> call(lastResort(), CHAT))
                .isInstanceOf(LeaseUnavailableException.class)
                .hasMessageContaining("no lease on pool own");

        assertNothingHeld();
    }

    @Test
    void modelsAreRenamedForTheOtherPool() throws Exception {
        useUp(OWN);
        CallOptions options = CallOptions.standard()
                .withLastResort(OTHER, model -> Map.of("sim/chat", "other/chat").get(model));

        assertThat(call(options, CHAT).body()).contains("\"model\":\"other/chat\"");
    }

    @Test
    void providerThatFailsForGoodIsLeftAfterTheLastTry() throws Exception {
        own.script(Fault.ofAll(FaultKind.SERVER_ERROR));

        assertThat(call(lastResort().withMaxAttempts(2), CHAT).status()).isEqualTo(200);

        assertThat(calls(own)).isEqualTo(2);
        assertThat(calls(other)).isEqualTo(1);
        assertNothingHeld();
    }

    @Test
    void keyThatIsRefusedIsReplacedByTheOtherPools() throws Exception {
        own.script(Fault.ofAll(FaultKind.INVALID_KEY));

        assertThat(call(lastResort(), CHAT).status()).isEqualTo(200);

        assertThat(calls(own)).isEqualTo(1);
        assertNothingHeld();
    }

    @Test
    void ifTheOtherPoolCannotServeTheCallerGetsTheAnswerThereWas() throws Exception {
        own.script(Fault.ofAll(FaultKind.SERVER_ERROR));
        useUp(OTHER);

        Answer answer = call(lastResort().withMaxAttempts(1), CHAT);

        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.body()).contains("error");
        assertNothingHeld();
    }

    @Test
    void callersFaultStaysInItsPool() throws Exception {
        assertThat(call(lastResort(), CHAT.replace("messages", "massages")).status())
                .isEqualTo(400);

        assertThat(calls(other)).isZero();
    }

    @Test
    void streamThatBreaksIsNotMadeAgainElsewhere() throws Exception {
        own.script(Fault.ofAll(FaultKind.STREAM_ERROR));

        call(lastResort(), CHAT.replace("{\"max", "{\"stream\":true,\"max"));

        assertThat(calls(other)).isZero();
        assertThat(counts.lastResorts()).isZero();
        assertNothingHeld();
    }

    @Test
    void bodyThatCanBeSentOnceIsNotRepeatedElsewhere() throws Exception {
        own.script(Fault.ofAll(FaultKind.SERVER_ERROR));

        assertThat(callOnce().status()).isEqualTo(500);

        assertThat(calls(other)).isZero();
        assertNothingHeld();
    }

    @Test
    void bodyThatWasNotSentYetIsSentElsewhere() throws Exception {
        useUp(OWN);

        callOnce();

        assertThat(calls(own)).isZero();
        assertThat(calls(other)).isEqualTo(1);
        assertNothingHeld();
    }

    private Answer callOnce() throws Exception {
        URI uri = URI.create(own.baseUrl() + "/chat/completions");
        return sendOnce(keys, OWN, lastResort(), uri, CHAT.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void halfOfTheTimeIsLeftToTheOtherPool() throws Exception {
        List<Lease> slots = List.of(keys.acquire(LeaseRequest.of(OWN)), keys.acquire(LeaseRequest.of(OWN)));

        assertThat(call(lastResort(), CHAT, Duration.ofSeconds(6)).status()).isEqualTo(200);

        slots.forEach(Lease::close);
        assertThat(calls(other)).isEqualTo(1);
        assertNothingHeld();
    }

    @Test
    void modelThatRestsIsReplacedByTheNextAtOnceForAllWorkers() throws Exception {
        own.script(Fault.ofAll(FaultKind.OVERLOADED)
                .withHint(Duration.ofMinutes(5))
                .withCalls(1));
        CallOptions options = CallOptions.standard().withFallbackModels("sim/chat", List.of("sim/small"));

        assertThat(call(options, CHAT).body()).contains("\"model\":\"sim/small\"");
        assertThat(calls(own)).isEqualTo(2);
        assertThatThrownBy(() ->
                        keys.acquire(LeaseRequest.of(OWN).withModel("sim/chat").withMaxWait(Duration.ZERO)))
                .isInstanceOfSatisfying(
                        KeyUnavailableException.class,
                        none -> assertThat(none.reason()).isEqualTo(Reason.ENDPOINT));
        assertThat(call(options, CHAT).body()).contains("\"model\":\"sim/small\"");

        assertThat(calls(own)).isEqualTo(3);
        assertThat(counts.fallbackModels()).isEqualTo(2);
        assertNothingHeld();
    }

    @Test
    void otherModelsDoNotHelpWhereTheKeysAreUsedUp() {
        useUp(OWN);
        CallOptions options = CallOptions.standard().withFallbackModels("sim/chat", List.of("sim/small"));

        assertThatThrownBy(() -> call(options, CHAT)).isInstanceOf(LeaseUnavailableException.class);

        assertThat(counts.fallbackModels()).isZero();
    }

    @Test
    void providerWhoseModelsAllFailIsLeftForTheOtherPool() throws Exception {
        own.script(Fault.ofAll(FaultKind.SERVER_ERROR));
        CallOptions options = lastResort()
                .withFallbackModels("sim/chat", List.of("sim/small"))
                .withMaxAttempts(1);

        assertThat(call(options, CHAT).body()).contains("\"model\":\"sim/chat\"");

        assertThat(calls(own)).isEqualTo(2);
        assertThat(counts.fallbackModels()).isEqualTo(1);
        assertThat(counts.lastResorts()).isEqualTo(1);
        assertNothingHeld();
    }

    @Test
    void waysThatCannotBeAreRefused() {
        assertThatThrownBy(() -> call(CallOptions.standard().withLastResort(OWN), CHAT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("last resort of pool own is the pool itself, expected another one");
        assertThatThrownBy(() -> call(CallOptions.standard().withLastResort("none"), CHAT))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> lastResort().withLastResort(OTHER))
                .hasMessage("last resorts are [other, other], expected each pool once");
        assertThatThrownBy(() -> CallOptions.standard().withFallbackModels("a", List.of("b", "a")))
                .hasMessage("fallbackModels of a are [b, a], expected each other model once");
    }
}
