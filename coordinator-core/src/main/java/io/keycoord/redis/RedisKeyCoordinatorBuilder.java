package io.keycoord.redis;

import io.keycoord.SecretSource;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.Durability;
import io.keycoord.config.Secrets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import redis.clients.jedis.UnifiedJedis;

/**
 * Settings of a {@link RedisKeyCoordinator}. Not safe for use by many threads; what it builds is.
 *
 * <p>Works with Jedis or with Redisson; the one that is not used need not be on the class path.
 */
public final class RedisKeyCoordinatorBuilder {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private String url = "redis://localhost:6379";
    // Of no client's type, so that this class loads without either of them.
    private @Nullable BiFunction<Duration, Scripting, ScriptRunner> client;
    private @Nullable CoordinatorConfig config;
    private SecretSource secrets = Secrets.standard();
    private Duration closeWait = Duration.ofSeconds(10);
    private Duration failoverWait = RepeatingScriptRunner.FAILOVER_WAIT;
    private boolean combines = true;
    private Scripting scripting = Scripting.EVALSHA;
    private Keyspace keyspace = Keyspace.STANDARD;
    private String workerId = "worker-" + ProcessHandle.current().pid() + "-"
            + Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36, 36 * 36 * 36 * 36), 36);

    RedisKeyCoordinatorBuilder() {}

    /** The server, as {@code redis://[user:password@]host:port[/db]}, or {@code rediss://…} for TLS. */
    public RedisKeyCoordinatorBuilder redis(String url) {
        this.url = Objects.requireNonNull(url, "url");
        return this;
    }

    /**
     * A client of the caller's, used instead of the URL and never closed: {@code RedisClient}, or for Sentinel and Cluster
     * {@code RedisSentinelClient} and {@code RedisClusterClient}. Its waits should be bounded. From the first caller who waits for
     * a slot, one connection of its pool is kept for messages.
     */
    public RedisKeyCoordinatorBuilder jedis(UnifiedJedis client) {
        Objects.requireNonNull(client, "client");
        this.client = (wait, how) -> new JedisScriptRunner(client, false, wait, how);
        return this;
    }

    /**
     * A client of the caller's, used instead of the URL and never shut down, for one server, Sentinel or Cluster. Its codec,
     * time-outs and retries do not matter here; a name mapper of its must keep names apart and their hash tags.
     */
    public RedisKeyCoordinatorBuilder redisson(RedissonClient client) {
        Objects.requireNonNull(client, "client");
        this.client = (wait, how) -> new RedissonScriptRunner(client, wait, how);
        return this;
    }

    /** No server at all, and no client: for tests. Used instead of the URL. */
    public RedisKeyCoordinatorBuilder host(ScriptHost host) {
        Objects.requireNonNull(host, "host");
        this.client = (wait, how) -> new HostedScriptRunner(host);
        return this;
    }

    /** The pools. Required. */
    public RedisKeyCoordinatorBuilder config(CoordinatorConfig config) {
        this.config = Objects.requireNonNull(config, "config");
        return this;
    }

    /** Where secrets come from; by default {@code env:} and {@code file:} references are understood. */
    public RedisKeyCoordinatorBuilder secrets(SecretSource secrets) {
        this.secrets = Objects.requireNonNull(secrets, "secrets");
        return this;
    }

    /** How leases of this worker are signed; by default made of the process id and a random part. */
    public RedisKeyCoordinatorBuilder workerId(String workerId) {
        this.workerId = id("workerId", workerId);
        return this;
    }

    /** The first part of all Redis keys, {@code keycoord} by default. */
    public RedisKeyCoordinatorBuilder namespace(String namespace) {
        this.keyspace = new Keyspace(id("namespace", namespace));
        return this;
    }

    /** How long {@code close()} waits for leases in use to be settled, ten seconds by default. */
    public RedisKeyCoordinatorBuilder closeWait(Duration closeWait) {
        this.closeWait = notNegative("closeWait", closeWait);
        return this;
    }

    /**
     * How long a call is repeated while Redis fails over, restarts or moves a slot, one second by default; only then does it
     * fail with {@link io.keycoord.StoreUnavailableException}. The last repeat may take as long as the client waits besides.
     */
    public RedisKeyCoordinatorBuilder failoverWait(Duration failoverWait) {
        this.failoverWait = notNegative("failoverWait", failoverWait);
        return this;
    }

    /**
     * Whether acquires and settlements of several threads that meet are sent together, as they are by default: while a call
     * of a pool is under way others wait for its end, and then share one. That costs Redis about half of what as many
     * calls cost, and one thread alone nothing.
     */
    public RedisKeyCoordinatorBuilder combining(boolean combining) {
        this.combines = combining;
        return this;
    }

    /** How the scripts are called: by default by their digests, without any preparation of the server. */
    public RedisKeyCoordinatorBuilder scripting(Scripting scripting) {
        this.scripting = Objects.requireNonNull(scripting, "scripting");
        return this;
    }

    private static Duration notNegative(String what, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(what + " is " + value + ", expected zero or more");
        }
        return value;
    }

    private static String id(String what, String value) {
        if (!ID.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    what + " has " + value.length() + " characters, expected " + ID.pattern());
        }
        return value;
    }

    boolean combines() {
        return combines;
    }

    Duration closeWait() {
        return closeWait;
    }

    Duration failoverWait() {
        return failoverWait;
    }

    SecretSource secrets() {
        return secrets;
    }

    Keyspace keyspace() {
        return keyspace;
    }

    String workerId() {
        return workerId;
    }

    /**
     * Connects and registers the pools that Redis does not know yet.
     *
     * @throws io.keycoord.StoreUnavailableException if Redis does not answer; nothing is left open
     * @throws IllegalStateException if there is no configuration
     * @throws IllegalArgumentException if the client cannot ask for the durability of a pool
     */
    public RedisKeyCoordinator build() {
        if (config == null) {
            throw new IllegalStateException("config is missing, expected the pools to lease from");
        }
        ScriptRunner scripts = client == null
                ? new JedisScriptRunner(
                        JedisConnections.open(url, "keycoord-" + workerId, patience(config)),
                        true,
                        failoverWait,
                        scripting)
                : client.apply(failoverWait, scripting);
        try {
            return new RedisKeyCoordinator(this, scripts, config);
        } catch (RuntimeException e) {
            scripts.close();
            throw e;
        }
    }

    /** A copy on disk may take longer than answers usually do. */
    private static Duration patience(CoordinatorConfig config) {
        boolean waitsForDisks = config.pools().stream().anyMatch(pool -> pool.durability() == Durability.AOF);
        return waitsForDisks ? JedisConnections.TIMEOUT.plus(Copies.within(Durability.AOF)) : JedisConnections.TIMEOUT;
    }
}
