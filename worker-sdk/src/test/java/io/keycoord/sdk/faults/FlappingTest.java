package io.keycoord.sdk.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.sdk.LeaseUnavailableException;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.faults.Transport.Caller;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Faults that take more than one call: a provider that fails every other time, one that is gone, and one that refuses all. */
class FlappingTest extends FaultTest {
    private static final String TROUBLE =
            "{\"error\":{\"message\":\"The server had an error\",\"type\":\"server_error\"}}";
    private static final String LIMIT = "{\"error\":{\"message\":\"x\",\"code\":\"rate_limit_exceeded\"}}";

    FlappingTest(TestRedis redis) {
        super(redis);
    }

    private RedisKeyCoordinator keys(MisbehavingProvider provider) {
        return Pools.coordinator(redis, "sk-", Pools.pool(Ledger.POOL, "openai", provider.baseUrl()));
    }

    private static URI chat(MisbehavingProvider provider) {
        return URI.create(provider.baseUrl() + "/chat/completions");
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(count -> count).sum();
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void everyOtherCallFailsAndNoneIsCountedAsWhatItWasNot(Transport transport) throws IOException {
        Reply[] flapping = IntStream.range(0, 40)
                .mapToObj(i -> i % 2 == 0 ? Reply.answers(502, TROUBLE) : Reply.GOOD)
                .toArray(Reply[]::new);
        try (MisbehavingProvider provider = new MisbehavingProvider(flapping);
                RedisKeyCoordinator keys = keys(provider)) {
            Caller caller =
                    transport.caller(keys, Ledger.POOL, CallOptions.standard().withMaxAttempts(1));
            List<Integer> statuses = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                statuses.add(caller.post(chat(provider), BODY).status());
            }

            ledger.holdsNothing();
            assertThat(statuses).filteredOn(status -> status == 200).hasSize(10);
            assertThat(sum(ledger.calls("calls_ok"))).isEqualTo(10);
            assertThat(sum(ledger.calls("calls_failed"))).isEqualTo(10);
            assertThat(provider.calls()).hasSize(20);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void refusedConnectionsHoldNothingAndBlameNobody(Transport transport) {
        MisbehavingProvider provider = new MisbehavingProvider();
        try (RedisKeyCoordinator keys = keys(provider)) {
            Caller caller = transport.caller(keys, Ledger.POOL, CallOptions.standard());
            provider.close();

            assertThatThrownBy(() -> caller.post(chat(provider), BODY)).isInstanceOf(IOException.class);

            ledger.holdsNothing();
            assertThat(ledger.held()).isEmpty();
            assertThat(ledger.calls("calls_ok")).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void whenAllAreOutTheCallerLearnsWhenTheFirstIsBackAndNoneIsAsked(Transport transport) throws IOException {
        try (MisbehavingProvider provider = new MisbehavingProvider(
                        Reply.answers(429, LIMIT, "Retry-After: 200"), Reply.answers(429, LIMIT, "Retry-After: 100"));
                RedisKeyCoordinator keys = keys(provider)) {
            Caller caller =
                    transport.caller(keys, Ledger.POOL, CallOptions.standard().withMaxWait(Duration.ofMillis(100)));
            assertThat(caller.post(chat(provider), BODY).status()).isEqualTo(429);

            assertThatThrownBy(() -> caller.post(chat(provider), BODY))
                    .isInstanceOfSatisfying(
                            LeaseUnavailableException.class,
                            e -> assertThat(e.retryAfter())
                                    .hasValueSatisfying(left -> assertThat(left)
                                            .isBetween(Duration.ofSeconds(70), Duration.ofSeconds(100))));

            assertThat(provider.calls()).hasSize(2);
            ledger.holdsNothing();
            assertThat(ledger.held()).hasSize(2);
        }
    }
}
