package io.keycoord.sdk.jdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.ApiSecret;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
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
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.Jedis;

/** The whole way: the JDK's client, leases in a real Redis, and a provider that enforces limits of its own. */
@ExtendWith(RedisExtension.class)
@Timeout(60)
class JdkEndToEndTest {
    private static final String POOL = "pool";
    private static final String PLAIN =
            "{\"model\":\"sim/chat\",\"max_tokens\":40,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final String STREAM = PLAIN.replace("{\"model\"", "{\"stream\":true,\"model\"");

    private final TestRedis redis;
    private final ProviderSimulator provider = ProviderSimulator.start(SimulatorConfig.builder()
            .dialect(Dialect.OPENROUTER)
            .models(List.of("sim/chat"))
            .latency(Latency.uniform(Duration.ofMillis(5), Duration.ofMillis(20)))
            .account(SimulatedAccount.builder("a")
                    .key("a1", "sim-secret-a1")
                    .requests(Rate.bucket(20, Duration.ofSeconds(2)))
                    .tokens(Rate.bucket(4_000, Duration.ofSeconds(2)))
                    .concurrency(3)
                    .build())
            .build());
    private final RedisKeyCoordinator keys;
    private final HttpClient http;

    JdkEndToEndTest(TestRedis redis) {
        this.redis = redis;
        redis.clear();
        String config = "{'pools':[{'id':'pool','provider':'openrouter','baseUrl':'" + provider.baseUrl()
                + "','accounts':[{'id':'a','limits':[{'models':'*','requests':'20/2s','tokens':'4000/2s','concurrency':3}],"
                + "'keys':[{'id':'a1','secret':'test:a1'}]}]}]}";
        keys = RedisKeyCoordinator.builder()
                .redis(redis.uri().toString())
                .config(CoordinatorConfig.parse(config.replace('\'', '"'), Set.of("test")))
                .secrets(reference -> Optional.of(ApiSecret.of(reference.replace("test:", "sim-secret-"))))
                .build();
        http = LeasedHttpClient.of(HttpClient.newHttpClient(), keys, POOL);
    }

    @AfterEach
    void stop() {
        keys.close();
        provider.close();
    }

    private HttpRequest call(String body) {
        return HttpRequest.newBuilder(URI.create(provider.baseUrl() + "/chat/completions"))
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    private int held() {
        try (PoolInspector inspector = PoolInspector.connect(redis.uri().toString())) {
            return inspector.leases(POOL).size();
        }
    }

    @Test
    void demandAboveTheLimitsIsServedWithoutASingleRefusal() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, 50)
                .mapToObj(i -> http.sendAsync(call(i % 2 == 0 ? PLAIN : STREAM), BodyHandlers.ofString()))
                .toList();

        for (CompletableFuture<HttpResponse<String>> answer : answers) {
            HttpResponse<String> response = answer.get(50, TimeUnit.SECONDS);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).contains("usage");
        }
        assertThat(provider.stats().total().answered(429)).isZero();
        assertThat(provider.stats().total().answered(200)).isEqualTo(50);
        await().until(() -> held() == 0);
    }

    @Test
    void cancelledWhileItWaitsItHoldsNothingAndSendsNothing() throws Exception {
        List<Lease> holding = IntStream.range(0, 3)
                .mapToObj(i -> keys.acquire(LeaseRequest.of(POOL)))
                .toList();
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(call(PLAIN), BodyHandlers.ofString());
        await().until(() -> waiting() == 1);

        answer.cancel(true);

        await().until(() -> waiting() == 0);
        holding.forEach(lease -> lease.settle(Outcome.unused()));
        await().until(() -> held() == 0);
        assertThat(provider.stats().total().requests()).isZero();
    }

    private long waiting() {
        try (Jedis jedis = new Jedis(redis.uri())) {
            return jedis.zcard("keycoord:{pool}:waiting") - 1;
        }
    }
}
