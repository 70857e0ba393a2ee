package io.keycoord.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.ApiSecret;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.redis.LimitView;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.LeasedHttp;
import io.keycoord.simulator.Dialect;
import io.keycoord.simulator.Fault;
import io.keycoord.simulator.FaultKind;
import io.keycoord.simulator.Latency;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import io.keycoord.simulator.SimulatorStats;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import okhttp3.OkHttpClient;
import org.awaitility.Awaitility;

/** A provider with two accounts of one key each, a Redis that knows them, and what is to be true after every test. */
public final class Stage implements AutoCloseable {
    public static final String POOL = "llm";
    public static final String MODEL = "sim/chat";

    /** What a library is given as its key, and the provider must never see. */
    public static final String PLACEHOLDER = "leased";

    /** Asked for as an answer's most tokens: far more than any answer here has, so that a settlement shows. */
    public static final int MOST_TOKENS = 400;

    private static final String ACCOUNT = "{'id':'%1$s','limits':[{'models':'*','tokens':'2000/day','concurrency':2}],"
            + "'keys':[{'id':'%1$s1','secret':'test:%1$s1'}]}";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ProviderSimulator provider;
    private final RedisKeyCoordinator keys;
    private final PoolInspector inspector;
    private final List<Lease> taken = new ArrayList<>();

    private Stage(URI redis, String dialect) {
        provider = ProviderSimulator.start(SimulatorConfig.builder()
                .dialect(Dialect.valueOf(dialect.toUpperCase(Locale.ROOT)))
                .models(List.of(MODEL))
                .latency(Latency.none().withPerToken(Duration.ofMillis(1)))
                .account(account("a"))
                .account(account("b"))
                .build());
        String json = ("{'pools':[{'id':'" + POOL + "','provider':'" + dialect + "','baseUrl':'" + provider.baseUrl()
                        + "','accounts':[" + ACCOUNT.formatted("a") + "," + ACCOUNT.formatted("b") + "]}]}")
                .replace('\'', '"');
        keys = RedisKeyCoordinator.builder()
                .redis(redis.toString())
                .config(CoordinatorConfig.parse(json, Set.of("test")))
                .secrets(reference -> Optional.of(ApiSecret.of(reference.replace("test:", "sim-secret-"))))
                .build();
        inspector = PoolInspector.connect(redis.toString());
    }

    /** A provider that speaks like this one. */
    public static Stage of(URI redis, String dialect) {
        return new Stage(redis, dialect);
    }

    private static SimulatedAccount account(String id) {
        return SimulatedAccount.builder(id)
                .key(id + "1", "sim-secret-" + id + "1")
                .concurrency(2)
                .build();
    }

    public RedisKeyCoordinator keys() {
        return keys;
    }

    public OkHttpClient http() {
        return LeasedHttp.newClient(keys, POOL);
    }

    /** As {@link #http}, but for those who do not wait, and with all slots of both accounts taken. */
    public OkHttpClient httpWithoutKeys() {
        for (int i = 0; i < 4; i++) {
            taken.add(keys.acquire(LeaseRequest.of(POOL).withModel(MODEL)));
        }
        return LeasedHttp.newClient(keys, POOL, CallOptions.standard().withMaxWait(Duration.ZERO));
    }

    /** Refuses the next call, whichever key it has. */
    public void refuseOnce() {
        provider.script(Fault.ofAll(FaultKind.RATE_LIMIT).withCalls(1).withHint(Duration.ofHours(1)));
    }

    /** Refuses all calls. */
    public void refuseAll() {
        provider.script(Fault.ofAll(FaultKind.RATE_LIMIT).withHint(Duration.ofHours(1)));
    }

    /** Answers nothing. */
    public void silence() {
        provider.script(Fault.ofAll(FaultKind.SILENCE));
    }

    /** Until the provider has a call. */
    public void awaitHeld() {
        Awaitility.await().atMost(PATIENCE).until(() -> provider().inFlight() > 0);
    }

    public SimulatorStats.Counts provider() {
        return provider.stats().total();
    }

    public void assertEachAccountWasAskedOnce() {
        assertThat(provider.stats().account("a").requests()).isEqualTo(1);
        assertThat(provider.stats().account("b").requests()).isEqualTo(1);
    }

    /** Every call had a leased key, and no lease was left behind. */
    public void assertLeasesCameBack() {
        assertThat(provider.stats().unknown().requests()).isZero();
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(inspector.leases(POOL)).isEmpty());
    }

    /** So many calls were answered whole with leased keys, and each lease was settled with what the provider counted. */
    public void assertServed(int calls) {
        assertThat(provider().completed()).isEqualTo(calls);
        assertLeasesCameBack();
        assertThat(charged())
                .as("tokens; a day's limit forgives one in 43 s, and what is left of each account is rounded down")
                .isBetween(provider().tokensUsed() - 2, provider().tokensUsed() + 2);
    }

    /** What the limits say of the tokens of both accounts. */
    public long charged() {
        return inspector.keys(POOL).stream()
                .flatMap(key -> key.limits().stream())
                .filter(limit -> limit.dimension().equals("tokens"))
                .mapToLong(Stage::used)
                .sum();
    }

    private static long used(LimitView limit) {
        return limit.limit() - limit.left();
    }

    @Override
    public void close() {
        taken.forEach(Lease::close);
        keys.close();
        inspector.close();
        provider.close();
    }
}
