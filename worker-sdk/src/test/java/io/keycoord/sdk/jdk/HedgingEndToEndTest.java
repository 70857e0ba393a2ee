package io.keycoord.sdk.jdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.ApiSecret;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.sdk.call.CallCounts;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.simulator.Fault;
import io.keycoord.simulator.FaultKind;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Hedged calls with leases in a real Redis. */
@ExtendWith(RedisExtension.class)
@Timeout(90)
class HedgingEndToEndTest {
    private static final String CHAT =
            "{\"model\":\"sim/chat\",\"max_tokens\":40,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";

    private final TestRedis redis;

    HedgingEndToEndTest(TestRedis redis) {
        this.redis = redis;
        redis.clear();
    }

    private static SimulatedAccount account(String id) {
        return SimulatedAccount.builder(id)
                .key(id + "1", "sim-secret-" + id + "1")
                .build();
    }

    private static String configured(String id) {
        return "{'id':'" + id + "','limits':[{'models':'*','concurrency':1}],'keys':[{'id':'" + id
                + "1','secret':'test:" + id + "1'}]}";
    }

    private RedisKeyCoordinator coordinator(URI baseUrl) {
        String config = "{'pools':[{'id':'pool','provider':'openrouter','baseUrl':'" + baseUrl + "','accounts':["
                + configured("a") + "," + configured("b") + "]}]}";
        return RedisKeyCoordinator.builder()
                .redis(redis.uri().toString())
                .config(CoordinatorConfig.parse(config.replace('\'', '"'), Set.of("test")))
                .secrets(reference -> Optional.of(ApiSecret.of(reference.replace("test:", "sim-secret-"))))
                .build();
    }

    @Test
    void silentAccountIsOvertakenAndNothingStaysHeld() throws Exception {
        CallCounts counts = new CallCounts();
        CallOptions options =
                CallOptions.standard().withHedging(Duration.ofMillis(500), 0.5).withCounts(counts);
        try (ProviderSimulator provider = ProviderSimulator.start(SimulatorConfig.builder()
                        .models(List.of("sim/chat"))
                        .account(account("a"))
                        .account(account("b"))
                        .build());
                RedisKeyCoordinator keys = coordinator(provider.baseUrl());
                PoolInspector inspector = PoolInspector.connect(redis.uri().toString())) {
            HttpClient http = LeasedHttpClient.of(HttpClient.newHttpClient(), keys, "pool", options);
            HttpRequest call = HttpRequest.newBuilder(URI.create(provider.baseUrl() + "/chat/completions"))
                    .POST(BodyPublishers.ofString(CHAT))
                    .build();
            assertThat(http.send(call, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
            // Whichever account is first says nothing; the other one is well.
            provider.script(Fault.ofAll(FaultKind.SILENCE).withCalls(1));

            assertThat(http.send(call, BodyHandlers.ofString()).statusCode()).isEqualTo(200);

            assertThat(counts.hedgesWon()).isEqualTo(1);
            await().until(() -> inspector.leases("pool").isEmpty());
            assertThat(inspector.keys("pool"))
                    .allSatisfy(key -> assertThat(key.inFlight()).isZero());
        }
    }
}
