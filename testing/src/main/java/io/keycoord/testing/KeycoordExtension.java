package io.keycoord.testing;

import io.keycoord.ApiSecret;
import io.keycoord.SecretSource;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.PoolOperator;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.redis.RedisKeyCoordinatorBuilder;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives each test coordinators that share one state, which is empty when the test begins; what a test has opened is closed
 * after it. For {@code @RegisterExtension}:
 *
 * <pre>{@code
 * @RegisterExtension
 * final KeycoordExtension keycoord = KeycoordExtension.inMemory();
 *
 * @Test
 * void ...() {
 *     KeyCoordinator keys = keycoord.coordinator(pool);
 * }
 * }</pre>
 *
 * <p>Every reference of a key has a secret here, {@code secret-of-<reference>}, which is nobody's. Methods are for the test's own
 * thread; what they return may be used by many.
 */
public final class KeycoordExtension implements BeforeEachCallback, AfterEachCallback {
    private static final Duration CLOSE_WAIT = Duration.ofMillis(100);
    private static final SecretSource SECRETS = reference -> Optional.of(ApiSecret.of("secret-of-" + reference));

    private final @Nullable InstantSource clock;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private @Nullable InMemoryStore store;
    private @Nullable TestRedis redis;

    private KeycoordExtension(@Nullable InstantSource clock) {
        this.clock = clock;
    }

    /** Without a server, on the system's clock. */
    public static KeycoordExtension inMemory() {
        return inMemory(InstantSource.system());
    }

    /** Without a server, on a clock of the test's, such as a {@link MovableClock}. */
    public static KeycoordExtension inMemory(InstantSource clock) {
        return new KeycoordExtension(clock);
    }

    /**
     * On a real Redis: the one that {@code KEYCOORD_TEST_REDIS_URL} names, else one in a container where Docker answers and
     * Testcontainers is on the class path, else an embedded one; see {@link RedisExtension}. One serves all tests of the JVM, so
     * such tests cannot run side by side.
     */
    public static KeycoordExtension onRedis() {
        return new KeycoordExtension(null);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        if (clock != null) {
            store = new InMemoryStore(clock);
        } else {
            redis = RedisExtension.redis(context);
            redis.clear();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    /**
     * A worker with these pools. Closed after the test, after 100 ms at most if leases are in use still.
     *
     * @throws IllegalStateException outside of a test
     */
    public RedisKeyCoordinator coordinator(PoolConfig... pools) {
        return coordinator(builder -> builder.config(CoordinatorConfig.of(pools)));
    }

    /** A worker with settings of its own, which must name its pools. */
    public RedisKeyCoordinator coordinator(UnaryOperator<RedisKeyCoordinatorBuilder> settings) {
        RedisKeyCoordinatorBuilder builder =
                RedisKeyCoordinator.builder().secrets(SECRETS).closeWait(CLOSE_WAIT);
        InMemoryStore memory = store;
        return opened(settings.apply(memory != null ? builder.host(memory) : builder.redis(url()))
                .build());
    }

    /** Who acts as an operator by the name {@code test}. */
    public PoolOperator operator() {
        InMemoryStore memory = store;
        return opened(memory != null ? PoolOperator.on(memory, "test") : PoolOperator.connect(url(), "test"));
    }

    /** Who looks at the state. */
    public PoolInspector inspector() {
        InMemoryStore memory = store;
        return opened(memory != null ? PoolInspector.on(memory) : PoolInspector.connect(url()));
    }

    /** Where Redis is; empty in memory. */
    public Optional<TestRedis> redis() {
        return Optional.ofNullable(redis);
    }

    /** All that the coordinators share is lost, as by FLUSHALL. */
    public void loseState() {
        InMemoryStore memory = store;
        if (memory != null) {
            memory.clear();
        } else {
            server().clear();
        }
    }

    private String url() {
        return server().uri().toString();
    }

    private TestRedis server() {
        TestRedis server = redis;
        if (server == null) {
            throw new IllegalStateException("no test is running");
        }
        return server;
    }

    private <T extends AutoCloseable> T opened(T one) {
        open.push(one);
        return one;
    }
}
