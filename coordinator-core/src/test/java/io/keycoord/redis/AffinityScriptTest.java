package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.key;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.Secrets;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Units that an acquire wants looked at first. */
class AffinityScriptTest extends ScriptTest {
    private static AccountConfig[] solos(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> solo("a" + i, requests(perMinute(5))))
                .toArray(AccountConfig[]::new);
    }

    private static String firstKey(String units) {
        return units.substring("key:".length(), units.indexOf('@'));
    }

    @Test
    void aSessionStaysWhileItsAccountCanServeAndSpillsOverInItsOrder() {
        Engine engine = engine(headroom(solos(20)));
        String units = engine.preferredBy("s");
        String[] choices = units.split(",", -1);
        Ask ask = Ask.tokens(0).preferring(units);

        for (String choice : choices) {
            for (int i = 0; i < 5; i++) {
                assertThat(engine.acquire(ask).key()).isEqualTo(firstKey(choice));
            }
        }
        assertThat(units)
                .as("then any other")
                .doesNotContain(engine.acquire(ask).key() + "@");
    }

    @Test
    void itComesBackWhenItsAccountCanServeAgain() {
        Engine engine = engine(headroom(solos(20)));
        String units = engine.preferredBy("s");
        Ask ask = Ask.tokens(0).preferring(units);
        Answer first = engine.acquire(ask);
        engine.settle(first, How.of("rate_limited").block("account", 30_000));

        assertThat(engine.acquire(ask).key()).isEqualTo(firstKey(units.split(",", -1)[1]));
        engine.advanceMs(30_000);
        assertThat(engine.acquire(ask).key()).isEqualTo(first.key());
    }

    @Test
    void whatIsExcludedIsNotPreferred() {
        Engine engine = engine(headroom(solos(3)));
        String first = firstKey(engine.preferredBy("s"));
        Ask ask = Ask.tokens(0).preferring(engine.preferredBy("s"));

        assertThat(engine.acquire(ask.withoutKeys(first)).key()).isNotEqualTo(first);
        assertThat(engine.acquire(ask.withoutAccounts(first)).key()).isNotEqualTo(first);
    }

    @Test
    void withinAnAccountTheSessionHasAKey() {
        Engine engine = engine(headroom(account(
                "team",
                List.of(LimitConfig.of("*")),
                key("k1", 1, concurrency(2)),
                key("k2", 1, concurrency(2)),
                key("k3", 1, concurrency(2)))));
        Ask ask = Ask.tokens(0).preferring(engine.preferredBy("s"));
        String its = engine.preferredBy("s").split("/", -1)[1];

        assertThat(engine.acquire(ask).key()).isEqualTo(its);
        assertThat(engine.acquire(ask).key()).isEqualTo(its);
        assertThat(engine.acquire(ask).key()).isNotEqualTo(its);
        assertThat(engine.acquire(ask.withoutKeys(its)).key()).isNotEqualTo(its);
    }

    @Test
    void aKeyOfAnotherAccountIsNoKeyOfThisOne() {
        Engine engine =
                engine(headroom(account("x", concurrency(9), "x1", "x2"), account("y", concurrency(9), "y1", "y2")));

        assertThat(engine.acquire(Ask.tokens(0).preferring("account:x@1/y2")).key())
                .startsWith("x");
    }

    @Test
    void aGroupThatIsNoneOfTheRequestOrNoLongerTheUnitsIsPassedOver() {
        Engine engine = engine(headroom(solo("a", concurrency(1)), solo("b", requests(perMinute(1)))));

        for (String units : List.of("key:b@1", "key:a@77", "key:nobody@1", "account:a/overall@1")) {
            Answer answer = engine.acquire(Ask.tokens(0).preferring(units));
            assertThat(answer.granted()).as(units).isTrue();
            engine.settle(answer, How.of("unused"));
        }
        assertThat(engine.hash("key:b")).containsEntry("index", "ready");
    }

    @Test
    void aUnitIsHeldToItsOwnLimitsWhateverItsGroupIsSaidToBe() {
        Engine engine = engine(headroom(solo("a", concurrency(1)), solo("b", requests(perMinute(1)))));
        assertThat(engine.acquire(Ask.tokens(0).preferring("key:a@1")).key()).isEqualTo("a");

        Answer found = engine.acquire(Ask.tokens(0).preferring("key:b@1"));
        assertThat(found.key()).as("by the ordinary search").isEqualTo("b");

        assertThat(engine.acquire(Ask.tokens(0).preferring("key:b@1")).granted())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a@1",
                "pool@1",
                "tenant:t@1",
                "key:a",
                "key:a@x",
                "key:a@1/",
                "key:a@1/k/l",
                "key:a@1,",
                "key:a@1,key:b@1,key:c@1,key:d@1",
                "key:a@1 key:b@1",
                "key:@1"
            })
    void wordsThatAreNoUnitsAreRefused(String units) {
        Engine engine = engine(headroom(solo("a", concurrency(1))));

        assertThatThrownBy(() -> engine.acquire(Ask.tokens(0).preferring(units)))
                .hasMessageContaining("BADARG prefer")
                .hasMessageContaining("at most 3 of <id>@<group>[/<key>]");
        assertThat(engine.hash("meta")).containsEntry("seq", "0");
    }

    @Test
    void workersAgreeAndRedisNeverHearsOfTheSession() {
        String session = "conversation-of-a-customer";
        TreeSet<String> used = new TreeSet<>();
        for (int worker = 0; worker < 3; worker++) {
            try (RedisKeyCoordinator keys = RedisKeyCoordinator.builder()
                    .redis(uri.toString())
                    .config(CoordinatorConfig.of(headroom(
                            account("team", requests(perMinute(100)), "k1", "k2"),
                            solo("k3", requests(perMinute(100))))))
                    .secrets(Secrets.of(Map.of("k1", "secret-1", "k2", "secret-2", "k3", "secret-3")))
                    .build()) {
                LeaseRequest request = LeaseRequest.of("test").withAffinity(session);
                assertThat(request.toString()).doesNotContain(session);
                for (int i = 0; i < 5; i++) {
                    Lease lease = keys.acquire(request);
                    used.add(lease.keyId());
                    String holder = jedis.hget("keycoord:{test}:holders", lease.id());
                    assertThat(holder).doesNotContain(session);
                    lease.close();
                }
            }
        }

        assertThat(used).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 257})
    void aSessionHasOneToSoManyCharacters(int length) {
        assertThatThrownBy(() -> LeaseRequest.of("test").withAffinity("s".repeat(length)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("session has " + length + " characters, expected 1 to 256");
    }
}
