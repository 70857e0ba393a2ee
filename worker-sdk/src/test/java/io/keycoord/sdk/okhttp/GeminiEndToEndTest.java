package io.keycoord.sdk.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.ApiSecret;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.simulator.Dialect;
import io.keycoord.simulator.Latency;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.Rate;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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

/** The whole way with Gemini, which limits the tokens of prompts and knows no headers of limits. */
@ExtendWith(RedisExtension.class)
@Timeout(60)
class GeminiEndToEndTest {
    private static final List<String> PATHS = List.of(
            "/models/sim-chat:generateContent",
            "/models/sim-chat:streamGenerateContent?alt=sse&key=callers-own",
            "/models/sim-chat:streamGenerateContent");
    private static final String BODY =
            "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"%s\"}]}]}".formatted("word ".repeat(16));

    private final TestRedis redis;
    private final ProviderSimulator provider = ProviderSimulator.start(SimulatorConfig.builder()
            .dialect(Dialect.GEMINI)
            .latency(Latency.uniform(Duration.ofMillis(5), Duration.ofMillis(20)))
            .account(SimulatedAccount.builder("a")
                    .key("a1", "sim-secret-a1")
                    .requests(Rate.bucket(200, Duration.ofSeconds(2)))
                    .tokens(Rate.bucket(1_000, Duration.ofSeconds(2)))
                    .concurrency(3)
                    .build())
            .build());

    GeminiEndToEndTest(TestRedis redis) {
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

    private RedisKeyCoordinator coordinator() {
        URI baseUrl = provider.url().resolve("/v1beta");
        String json = "{'pools':[{'id':'pool','provider':'gemini','baseUrl':'" + baseUrl + "','accounts':[{'id':'a',"
                + "'limits':[{'models':'*','requests':'200/2s','inputTokens':'1000/2s','concurrency':3}],"
                + "'keys':[{'id':'a1','secret':'test:a1'}]}]}]}";
        return RedisKeyCoordinator.builder()
                .redis(redis.uri().toString())
                .config(CoordinatorConfig.parse(json.replace('\'', '"'), Set.of("test")))
                .secrets(reference -> Optional.of(ApiSecret.of(reference.replace("test:", "sim-secret-"))))
                .build();
    }

    private int call(OkHttpClient http, String path) throws IOException {
        Request request = new Request.Builder()
                .url(provider.url() + "/v1beta" + path)
                .post(RequestBody.create(BODY, Provider.JSON))
                .build();
        try (Response response = http.newCall(request).execute()) {
            assertThat(response.body().string()).contains("usageMetadata");
            return response.code();
        }
    }

    @Test
    void demandAboveTheLimitsIsServedWithoutASingleRefusal() throws Exception {
        ExecutorService workers = Executors.newFixedThreadPool(8);
        try (RedisKeyCoordinator keys = coordinator();
                PoolInspector inspector = PoolInspector.connect(redis.uri().toString())) {
            OkHttpClient http = LeasedHttp.newClient(keys, "pool");
            List<Callable<Integer>> calls = IntStream.range(0, 80)
                    .<Callable<Integer>>mapToObj(i -> () -> call(http, PATHS.get(i % PATHS.size())))
                    .toList();

            List<Integer> codes = new ArrayList<>();
            for (Future<Integer> done : workers.invokeAll(calls)) {
                codes.add(done.get());
            }

            assertThat(codes).hasSize(80).containsOnly(200);
            assertThat(provider.stats().total().answered(429)).isZero();
            assertThat(provider.stats().total().answered(200)).isEqualTo(80);
            assertThat(inspector.leases("pool")).isEmpty();
        } finally {
            workers.shutdownNow();
        }
    }
}
