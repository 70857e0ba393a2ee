package io.keycoord.sdk.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.sdk.EstimateErrors;
import io.keycoord.sdk.UnmatchedAnswers;
import io.keycoord.sdk.call.CallCounts;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.faults.MisbehavingProvider.Call;
import io.keycoord.sdk.provider.Dialect;
import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Secrets that nobody else has, through calls of every fate and in every header that carries one: they arrive at the provider
 * of their pool and nowhere else, not even where the provider repeats them.
 */
@ExtendWith(RedisExtension.class)
@Timeout(180)
class SecretCanaryTest {
    private static final String BODY =
            "{\"model\":\"vendor/model\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"Hello you\"}]}";
    private static final String STREAM = BODY.replace("{\"model\"", "{\"stream\":true,\"model\"");

    private final String canary = "sk-canary-" + HexFormat.of().formatHex(new SecureRandom().generateSeed(12)) + "-";
    private final String ofPool = canary + Ledger.POOL;
    private final String ofLast = canary + "last";
    private final TestRedis redis;
    private final StringBuilder seen = new StringBuilder();
    private final CallCounts counts = new CallCounts();
    private final UnmatchedAnswers unmatched = new UnmatchedAnswers();
    private final EstimateErrors errors = new EstimateErrors();
    private final MisbehavingProvider stranger = new MisbehavingProvider();

    SecretCanaryTest(TestRedis redis) {
        this.redis = redis;
    }

    @BeforeEach
    void clear() {
        redis.clear();
    }

    @AfterEach
    void stop() {
        stranger.close();
    }

    static Stream<Arguments> cases() {
        return Stream.of("openai", "azure", "anthropic", "gemini")
                .flatMap(provider -> Stream.of(Transport.values()).map(way -> Arguments.of(provider, way)));
    }

    private CallOptions options() {
        return CallOptions.standard()
                .withMaxWait(Duration.ofSeconds(1))
                .withCounts(counts)
                .withUnmatched(unmatched)
                .withEstimateErrors(errors);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isSeenByNobodyButTheProviderOfItsPool(String provider, Transport transport) {
        try (Logs logs = new Logs();
                RedisWatch watch = new RedisWatch(redis.uri())) {
            for (List<Reply> replies : fates()) {
                call(watch, provider, transport, options(), replies);
            }
            call(watch, provider, transport, options().withMaxAttempts(1).withLastResort("last"), List.of(echo(503)));
            if (transport == Transport.JDK) {
                CallOptions hedging = options().withHedging(Duration.ofMillis(300), 0.5);
                call(
                        watch,
                        provider,
                        transport,
                        hedging,
                        List.of(Reply.GOOD, Reply.GOOD, Reply.nothing(Reply.End.SILENCE)));
                assertThat(counts.hedgesWon()).isEqualTo(1);
            }

            assertThat(counts.lastResorts()).isPositive();
            seen.append(counts).append(unmatched.kinds()).append(errors.all());
            assertThat(seen.toString())
                    .contains("Exception", "status", "StoreState", "vendor/model")
                    .doesNotContain(canary);
            assertThat(watch.told()).contains("keycoord:{pool}:leases").doesNotContain(canary);
            assertThat(logs.all()).contains("DEBUG", "key a").doesNotContain(canary);
        }
        assertThat(stranger.calls().toString()).doesNotContain(canary);
    }

    /** What becomes of one call and the next tries of it. */
    private List<List<Reply>> fates() {
        Reply redirect = Reply.sends(307, "", "", "Location: " + stranger.baseUrl() + "/chat/completions");
        return List.of(
                List.of(Reply.GOOD),
                List.of(echo(401)),
                List.of(echo(403)),
                List.of(echo(429), echo(429)),
                List.of(echo(400)),
                List.of(echo(500), echo(502)),
                List.of(echo(200)),
                List.of(redirect),
                List.of(Reply.nothing(Reply.End.RESET)),
                List.of((call, wire) -> {
                    wire.text("HTTP/1.1 " + call.headers() + "\r\n\r\n");
                    wire.end();
                }));
    }

    /** A refusal that repeats all it was sent, in every field that is looked at. */
    private static Reply echo(int status) {
        return (call, wire) -> {
            String sent = call.headers().toString().replaceAll("[^-\\w ]", " ").strip();
            String word = sent.replaceAll(".*(sk-canary[-\\w]+).*", "$1");
            String error = ("{'message':'Incorrect API key provided: %1$s','code':'%2$s','type':'%2$s','status':'%2$s',"
                            + "'param':'%1$s','metadata':{'limit_source':'%2$s','reason':'%2$s'}}")
                    .formatted(sent, word)
                    .replace('\'', '"');
            String body = call.streamed() && status == 200
                    ? Reply.CHUNK + "data: {\"error\":" + error + "}\n\n"
                    : "{\"error\":" + error + "}";
            Reply.sends(status, call.streamed() && status == 200 ? Reply.EVENTS : Reply.JSON, body)
                    .to(call, wire);
        };
    }

    private void call(
            RedisWatch watch, String provider, Transport transport, CallOptions options, List<Reply> replies) {
        redis.clear();
        try (MisbehavingProvider own = new MisbehavingProvider(replies.toArray(Reply[]::new));
                MisbehavingProvider other = new MisbehavingProvider();
                RedisKeyCoordinator keys = Pools.coordinator(
                        redis,
                        canary,
                        Pools.pool(Ledger.POOL, provider, own.baseUrl()),
                        Pools.pool("last", "openai", other.baseUrl()))) {
            Transport.Caller caller = transport.caller(keys, Ledger.POOL, options);
            URI url = URI.create(own.baseUrl() + "/chat/completions");
            post(caller, url, BODY);
            post(caller, url, STREAM);
            if (replies.size() > 2) {
                post(caller, url, BODY);
            }
            seen.append(keys.storeState(Ledger.POOL)).append(keys.pool(Ledger.POOL));
            try (Lease lease = keys.acquire(
                    LeaseRequest.of(Ledger.POOL).withModel("another").withMaxWait(Duration.ZERO))) {
                seen.append(lease).append(lease.secret());
                lease.settle(Outcome.unused());
            } catch (KeyUnavailableException e) {
                seen.append(e);
            }
            String stored = watch.stored();
            assertThat(stored).contains("keycoord:{pool}:key:a1").doesNotContain(canary);
            arrivedAtItsOwn(provider, own.calls());
            assertThat(other.calls())
                    .allSatisfy(call -> assertThat(call.headers().toString())
                            .contains(ofLast)
                            .doesNotContain(ofPool));
        }
    }

    private void arrivedAtItsOwn(String provider, List<Call> calls) {
        Dialect dialect = Dialect.of(provider);
        assertThat(calls).isNotEmpty().allSatisfy(call -> {
            assertThat(call.credential(dialect.credentialHeader())).startsWith(dialect.credentialPrefix() + ofPool);
            assertThat(call.headers().toString()).containsOnlyOnce(canary);
            assertThat(call.path() + call.body()).doesNotContain(canary);
        });
    }

    private void post(Transport.Caller caller, URI url, String body) {
        try {
            Transport.Got got = caller.post(url, body);
            seen.append("status ").append(got.status()).append(got.seen());
        } catch (IOException e) {
            seen.append(Logs.text(e));
        }
    }
}
