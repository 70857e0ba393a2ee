package io.keycoord.sdk.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.ApiSecret;
import io.keycoord.LeaseRequest;
import io.keycoord.SecretSource;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.simulator.Dialect;
import io.keycoord.simulator.Fault;
import io.keycoord.simulator.FaultKind;
import io.keycoord.simulator.Latency;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.Rate;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The whole way: OkHttp, leases in a real Redis, and a provider that enforces limits of its own. */
@ExtendWith(RedisExtension.class)
class EndToEndTest {
    private static final String POOL = "pool";
    private static final String PLAIN =
            "{\"model\":\"sim/chat\",\"max_tokens\":40,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final String STREAM = PLAIN.replace("{\"model\"", "{\"stream\":true,\"model\"");

    private final TestRedis redis;
    private final ProviderSimulator provider = ProviderSimulator.start(SimulatorConfig.builder()
            .dialect(Dialect.OPENROUTER)
            .models(List.of("sim/chat"))
            .latency(Latency.uniform(Duration.ofMillis(5), Duration.ofMillis(20)))
            .account(account("a"))
            .account(account("b"))
            .build());

    EndToEndTest(TestRedis redis) {
        this.redis = redis;
    }

    @BeforeEach
    void clear() {
        redis.clear();
    }

    @AfterEach
    void stop() {
        provider.close();
    }

    private static SimulatedAccount account(String id) {
        return SimulatedAccount.builder(id)
                .key(id + "1", "sim-secret-" + id + "1")
                .requests(Rate.bucket(20, Duration.ofSeconds(2)))
                .tokens(Rate.bucket(4_000, Duration.ofSeconds(2)))
                .concurrency(3)
                .build();
    }

    private RedisKeyCoordinator coordinator() {
        return coordinator("60s");
    }

    private RedisKeyCoordinator coordinator(String coolDown) {
        String accounts = IntStream.rangeClosed('a', 'b')
                .mapToObj(c -> ("{'id':'%1$c','limits':[{'models':'*','requests':'20/2s','tokens':'4000/2s',"
                                + "'concurrency':3}],'keys':[{'id':'%1$c1','secret':'test:%1$c1'}]}")
                        .formatted((char) c))
                .collect(Collectors.joining(","));
        String json = "{'pools':[{'id':'pool','provider':'openrouter','baseUrl':'" + provider.baseUrl()
                + "','breaker':{'errors':3,'window':'60s','coolDown':'" + coolDown + "'},'accounts':[" + accounts
                + "]}]}";
        SecretSource secrets = reference -> Optional.of(ApiSecret.of(reference.replace("test:", "sim-secret-")));
        return RedisKeyCoordinator.builder()
                .redis(redis.uri().toString())
                .config(CoordinatorConfig.parse(json.replace('\'', '"'), Set.of("test")))
                .secrets(secrets)
                .build();
    }

    private int call(OkHttpClient http, String body) throws IOException {
        Request request = new Request.Builder()
                .url(provider.baseUrl() + "/chat/completions")
                .post(RequestBody.create(body, Provider.JSON))
                .build();
        try (Response response = http.newCall(request).execute()) {
            assertThat(response.body().string()).contains(response.isSuccessful() ? "usage" : "error");
            return response.code();
        }
    }

    private static List<Integer> together(int threads, List<Callable<Integer>> calls) throws Exception {
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        try {
            List<Integer> codes = new ArrayList<>();
            for (Future<Integer> done : workers.invokeAll(calls)) {
                codes.add(done.get());
            }
            return codes;
        } finally {
            workers.shutdownNow();
        }
    }

    @Test
    void demandAboveTheLimitsIsServedWithoutASingleRefusal() throws Exception {
        try (RedisKeyCoordinator keys = coordinator()) {
            OkHttpClient http = LeasedHttp.newClient(keys, POOL);
            List<Callable<Integer>> calls = IntStream.range(0, 80)
                    .<Callable<Integer>>mapToObj(i -> () -> call(http, i % 2 == 0 ? PLAIN : STREAM))
                    .toList();

            assertThat(together(16, calls)).containsOnly(200);

            assertThat(provider.stats().total().answered(429)).isZero();
            assertThat(provider.stats().total().answered(200)).isEqualTo(80);
            awaitNothingHeld(keys);
        }
    }

    /** All three slots of each account can be leased at once, so no lease was left behind. */
    private static void awaitNothingHeld(RedisKeyCoordinator keys) {
        LeaseRequest request = LeaseRequest.of(POOL).withModel("sim/chat").withMaxWait(Duration.ofSeconds(10));
        var leases = IntStream.range(0, 6).mapToObj(i -> keys.acquire(request)).toList();
        leases.forEach(lease -> lease.close());
    }

    @Test
    void badKeyIsSeenOnceAndNobodyWaitsForIt() throws Exception {
        provider.script(Fault.ofKey("a1", FaultKind.INVALID_KEY));
        try (RedisKeyCoordinator keys = coordinator()) {
            OkHttpClient http = LeasedHttp.newClient(keys, POOL);

            for (int i = 0; i < 12; i++) {
                assertThat(call(http, PLAIN)).isEqualTo(200);
            }

            assertThat(provider.stats().total().answered(401)).isEqualTo(1);
        }
    }

    @Test
    void failuresRelayedFromBehindTheProviderRestNoKey() throws Exception {
        provider.script(Fault.ofKey("a1", FaultKind.RELAYED_502).withCalls(6));
        try (RedisKeyCoordinator keys = coordinator()) {
            OkHttpClient http =
                    LeasedHttp.newClient(keys, POOL, CallOptions.standard().withMaxAttempts(1));

            List<Integer> codes = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                codes.add(call(http, PLAIN));
            }

            assertThat(codes).filteredOn(code -> code == 502).hasSize(6);
        }
    }

    @Test
    void anOutageOfTheProviderIsMetByFewCallsAndBlamedOnNoKey() throws Exception {
        provider.script(Fault.ofAll(FaultKind.OVERLOADED).withLasts(Duration.ofSeconds(2)));
        try (RedisKeyCoordinator keys = coordinator("1600ms")) {
            OkHttpClient http =
                    LeasedHttp.newClient(keys, POOL, CallOptions.standard().withMaxAttempts(1));
            List<Callable<Integer>> calls = IntStream.range(0, 60)
                    .<Callable<Integer>>mapToObj(i -> () -> call(http, PLAIN))
                    .toList();

            List<Integer> codes = together(6, calls);

            assertThat(codes)
                    .containsOnly(200, 503)
                    .filteredOn(code -> code == 503)
                    .as("six in a row, those under way then, and probes")
                    .hasSizeLessThan(24);
            assertThat(codes.subList(30, 60)).as("once it is back").containsOnly(200);
            LeaseRequest request = LeaseRequest.of(POOL).withModel("sim/chat");
            assertThat(keys.explain(request)).noneMatch(key -> key.what().equals("breaker"));
            awaitNothingHeld(keys);
        }
    }

    /** Nobody else is left, so no wait helps. */
    @Test
    @Timeout(60)
    void aRefusalOfAllAccountsIsGivenBackAtOnce() throws IOException {
        provider.script(Fault.ofAll(FaultKind.INSUFFICIENT_CREDITS));
        CallOptions patient = CallOptions.standard().withMaxWait(Duration.ofHours(1));
        for (String body : List.of(PLAIN, STREAM)) {
            redis.clear();
            try (RedisKeyCoordinator keys = coordinator()) {
                assertThat(call(LeasedHttp.newClient(keys, POOL, patient), body))
                        .isEqualTo(402);
            }
        }
    }
}
