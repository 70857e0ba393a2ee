package io.keycoord.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.KeyCoordinator;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.Secrets;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.redis.RedisKeyCoordinator;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import redis.clients.jedis.RedisClient;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InspectCommandIT {
    private static final String SECRET = "sk-very-secret-0123456789";
    private static final String CONFIG =
            "{\"pools\":[{\"id\":\"p1\",\"provider\":\"openrouter\",\"accounts\":[{\"id\":\"a1\","
                    + "\"limits\":[{\"models\":\"*\",\"requests\":\"50/min\",\"tokens\":\"10k/min\",\"concurrency\":4}],"
                    + "\"keys\":[{\"id\":\"k1\",\"secret\":\"test:one\"},{\"id\":\"k2\",\"secret\":\"test:none\"}]}]}]}";

    private final EmbeddedRedis redis = EmbeddedRedis.start();
    private final KeyCoordinator keys = RedisKeyCoordinator.builder()
            .redis(redis.uri().toString())
            .config(CoordinatorConfig.parse(CONFIG, Set.of(Secrets.TEST_SCHEME)))
            .secrets(Secrets.of(Map.of("one", SECRET)))
            .build();
    private final Lease lease = keys.acquire(LeaseRequest.of("p1").withTokens(100, 20));

    @BeforeAll
    void theSecretIsRead() {
        assertThat(lease.secret().reveal()).isEqualTo(SECRET);
    }

    @AfterAll
    void close() {
        lease.close();
        keys.close();
        redis.close();
    }

    @Test
    void poolsAreListed() throws Exception {
        assertThat(table("pools")).containsPattern("p1 +most-headroom +normal +1 +2 +1");
        assertThat(FormatOption.json().readTree(json("pools")).at("/0/id").asText())
                .isEqualTo("p1");
    }

    @Test
    void keysAreShownWithTheirStateAndWhatIsLeft() throws Exception {
        assertThat(table("keys", "p1"))
                .containsPattern("k1 +a1 +CLOSED +1 of 4")
                .containsPattern("k2 +a1 +CLOSED");
        assertThat(FormatOption.json()
                        .readTree(json("keys", "p1"))
                        .at("/0/inFlight")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void oneKeyIsShownWithItsLimits() {
        assertThat(table("key", "p1", "k1"))
                .containsPattern("state +CLOSED")
                .containsPattern("account +\\* +requests +\\d+ +\\d+ +1m00s");
    }

    @Test
    void aKeyThatIsChosenLastAndAnAccountThatIsSlowedDownAreShown() {
        try (RedisClient jedis = RedisClient.create(redis.uri())) {
            String later = Long.toString(System.currentTimeMillis() + 45_000);
            jedis.hset("keycoord:{p1}:key:k2", "degraded_until_ms", later);
            jedis.hset("keycoord:{p1}:account:a1", "pace", "tokens:4:1795348800000");
        }

        assertThat(table("keys", "p1")).containsPattern("k2 .* degraded").doesNotContainPattern("k1 .* degraded");
        assertThat(table("key", "p1", "k2"))
                .containsPattern("chosen last +in 4\\d")
                .containsPattern("slowed +tokens:4:1795348800000");
        assertThat(run("drain", "p1", "k2", "--reason", "planned").code()).isEqualTo(ExitCode.OK);
        assertThat(table("keys", "p1")).containsPattern("k2 .* operator").doesNotContain("degraded");
        assertThat(run("enable", "p1", "k2", "--reason", "planned").code()).isEqualTo(ExitCode.OK);
    }

    @Test
    void leasesAreShownWithTheirHolder() throws Exception {
        assertThat(table("leases", "p1")).contains(lease.id(), "k1", "120");
        assertThat(FormatOption.json()
                        .readTree(json("leases", "p1"))
                        .at("/0/key")
                        .asText())
                .isEqualTo("k1");
    }

    @Test
    void whatIsNotThereIsToldWithWhatIs() {
        Ran pool = run("keys", "p9");
        assertThat(pool.code()).isEqualTo(ExitCode.USAGE);
        assertThat(pool.err()).isEqualTo("keycoord keys: this Redis has no pool p9; expected one of p1\n");

        assertThat(run("key", "p1", "k9").err()).contains("this Redis has no key k9; expected one of k1, k2");
        assertThat(run("leases", "p9").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aRedisThatDoesNotAnswerIsOneLineAndCodeOne() {
        Ran ran = Ran.of("keys", "p1", "--redis", "redis://127.0.0.1:1");

        assertThat(ran.code()).isEqualTo(ExitCode.FAILED);
        assertThat(ran.err().lines()).hasSize(1);
    }

    private String table(String... args) {
        return ok(run(args));
    }

    private String json(String... args) {
        String[] more = Arrays.copyOf(args, args.length + 2);
        more[args.length] = "--format";
        more[args.length + 1] = "json";
        return ok(run(more));
    }

    private static String ok(Ran ran) {
        assertThat(ran.code()).as(ran.err()).isEqualTo(ExitCode.OK);
        assertThat(ran.out()).doesNotContain("very-secret").doesNotContain("\u001B");
        return ran.out();
    }

    private Ran run(String... args) {
        String[] more = Arrays.copyOf(args, args.length + 2);
        more[args.length] = "--redis";
        more[args.length + 1] = redis.uri().toString();
        return Ran.of(more);
    }
}
