package io.keycoord.sdk.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.faults.Transport.Caller;
import io.keycoord.simulator.Dialect;
import io.keycoord.simulator.Fault;
import io.keycoord.simulator.FaultKind;
import io.keycoord.simulator.Latency;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One credential that the provider refuses, among three good ones, and several workers that call at the same time. */
class BadCredentialTest extends FaultTest {
    private static final String SECRET = "sim-secret-";

    private final ProviderSimulator provider = ProviderSimulator.start(SimulatorConfig.builder()
            .dialect(Dialect.OPENROUTER)
            .models(List.of("vendor/model"))
            .latency(Latency.uniform(Duration.ofMillis(5), Duration.ofMillis(20)))
            .account(account("a"))
            .account(account("b"))
            .build());

    BadCredentialTest(TestRedis redis) {
        super(redis);
    }

    @AfterEach
    void stop() {
        provider.close();
    }

    private static SimulatedAccount account(String id) {
        return SimulatedAccount.builder(id)
                .key(id + "1", SECRET + "pool-" + id + "1")
                .key(id + "2", SECRET + "pool-" + id + "2")
                .build();
    }

    private RedisKeyCoordinator worker() {
        return Pools.coordinator(redis, SECRET, Pools.pool(Ledger.POOL, "openrouter", provider.baseUrl()));
    }

    /** Statuses of calls that so many threads make through three workers. */
    private List<Integer> calls(Transport transport, int threads, int calls, CallOptions options) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try (RedisKeyCoordinator one = worker();
                RedisKeyCoordinator two = worker();
                RedisKeyCoordinator three = worker()) {
            List<Caller> callers = List.of(
                    transport.caller(one, Ledger.POOL, options),
                    transport.caller(two, Ledger.POOL, options),
                    transport.caller(three, Ledger.POOL, options));
            List<Callable<Integer>> work = IntStream.range(0, calls)
                    .<Callable<Integer>>mapToObj(i -> () -> post(callers.get(i % 3)))
                    .toList();
            List<Integer> statuses =
                    pool.invokeAll(work).stream().map(BadCredentialTest::of).toList();
            ledger.holdsNothing();
            return statuses;
        } finally {
            pool.shutdownNow();
        }
    }

    private static int of(Future<Integer> done) {
        try {
            return done.get();
        } catch (Exception e) {
            throw new AssertionError("a call failed", e);
        }
    }

    private int post(Caller caller) throws IOException {
        return caller.post(URI.create(provider.baseUrl() + "/chat/completions"), BODY)
                .status();
    }

    private Map<String, Long> sum() {
        Map<String, Long> all = ledger.calls("calls_ok");
        ledger.calls("calls_failed").forEach((key, count) -> all.merge(key, count, Long::sum));
        return all;
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void isMetByOneCallOneAfterTheOtherAndThenOut(Transport transport) throws Exception {
        provider.script(Fault.ofKey("a1", FaultKind.INVALID_KEY));

        assertThat(calls(transport, 1, 30, CallOptions.standard())).containsOnly(200);

        assertThat(provider.stats().total().answered(401)).isEqualTo(1);
        assertThat(ledger.state("a1")).isEqualTo("OPEN");
        assertThat(sum().values().stream().mapToLong(count -> count).sum())
                .isEqualTo(provider.stats().total().requests());
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void isMetOnlyByTheCallsThatWereOutTogether(Transport transport) throws Exception {
        provider.script(Fault.ofKey("a1", FaultKind.INVALID_KEY));

        assertThat(calls(transport, 4, 90, CallOptions.standard())).containsOnly(200);

        // Four calls at a time over four keys, until the first answer 401 is settled.
        assertThat(provider.stats().total().answered(401)).isBetween(1L, 3L);
        assertThat(ledger.state("a1")).isEqualTo("OPEN");
        for (String good : List.of("a2", "b1", "b2")) {
            assertThat(ledger.state(good)).isEqualTo("CLOSED");
        }
        assertThat(ledger.calls("calls_ok").values().stream()
                        .mapToLong(count -> count)
                        .sum())
                .isEqualTo(90);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void isOutWithinASecondOfItsFirstRefusal(Transport transport) throws Exception {
        try (RedisKeyCoordinator keys = worker()) {
            Caller caller = transport.caller(keys, Ledger.POOL, CallOptions.standard());
            assertThat(post(caller)).isEqualTo(200);
            provider.script(Fault.ofKey("b2", FaultKind.INVALID_KEY));
            for (int i = 0; i < 100 && provider.stats().total().answered(401) == 0; i++) {
                assertThat(post(caller)).isEqualTo(200);
            }

            await().atMost(Duration.ofSeconds(1)).until(() -> ledger.state("b2").equals("OPEN"));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void isNotWhatAnotherProvidersRefusalMakesOfAKey(Transport transport) throws Exception {
        for (String key : List.of("a1", "a2", "b1", "b2")) {
            provider.script(Fault.ofKey(key, FaultKind.RELAYED_401).withCalls(1));
        }

        calls(transport, 1, 1, CallOptions.standard().withMaxAttempts(1).withMaxWait(Duration.ZERO));

        assertThat(provider.stats().total().answered(401)).isOne();
        for (String key : List.of("a1", "a2", "b1", "b2")) {
            assertThat(ledger.state(key)).isEqualTo("CLOSED");
        }
    }
}
