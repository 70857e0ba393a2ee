package io.keycoord.redis;

import io.keycoord.ApiSecret;
import io.keycoord.PoolInfo;
import io.keycoord.SecretSource;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this worker knows of one pool: its plan, the secrets it has, its leases. Safe for use by many threads. */
final class PoolSession {
    private static final Logger log = LoggerFactory.getLogger(PoolSession.class);
    private static final int MODELS_REMEMBERED = 1_024;

    final PoolConfig config;
    final PoolPlan plan;
    final String meta;
    final PoolInfo info;
    final ServerClock clock;
    final PoolRegistration registration;
    final ConcurrentMap<String, RedisLease> leases = new ConcurrentHashMap<>();

    private final AtomicLong losses = new AtomicLong();

    /** How long after its start a lease may still be sent, in nanoseconds. */
    final long sendWithinNanos;

    /** The ids of the keys this worker cannot use, joined by commas. */
    private final String withoutSecret;

    private final Map<String, ApiSecret> secrets = new LinkedHashMap<>();
    private final ConcurrentMap<String, String> groupsByModel = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, WaitingRoom> rooms = new ConcurrentHashMap<>();

    PoolSession(
            PoolConfig config, Keyspace keyspace, ScriptRunner scripts, SecretSource source, LongSupplier nanoTime) {
        this.config = config;
        this.plan = new PoolPlan(config);
        this.meta = keyspace.meta(config.id());
        this.info = new PoolInfo(config.id(), config.provider(), config.baseUrl(), config.headers());
        this.clock = new ServerClock(nanoTime);
        this.registration = new PoolRegistration(scripts, keyspace, config.id());
        this.sendWithinNanos = sendWithin(config);
        this.withoutSecret = resolve(source);
    }

    private static long sendWithin(PoolConfig config) {
        return config.accounts().stream()
                .flatMap(PoolSession::limits)
                .flatMap(limits -> Stream.of(limits.requests(), limits.tokens()).flatMap(List::stream))
                .map(RateLimit::arrivalJitter)
                .filter(jitter -> !jitter.isZero())
                .mapToLong(Duration::toNanos)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    private static Stream<LimitConfig> limits(AccountConfig account) {
        return Stream.concat(account.limits().stream(), account.keys().stream().map(KeyConfig::overall));
    }

    private String resolve(SecretSource source) {
        TreeSet<String> missing = new TreeSet<>();
        for (AccountConfig account : config.accounts()) {
            for (KeyConfig key : account.keys()) {
                source.resolve(key.secret())
                        .ifPresentOrElse(secret -> secrets.put(key.id(), secret), () -> missing.add(key.id()));
            }
        }
        if (!missing.isEmpty()) {
            log.warn(
                    "pool {}: this worker has no secret for {} of its keys and leaves them to others: {}",
                    config.id(),
                    missing.size(),
                    missing);
        }
        return String.join(",", missing);
    }

    /** Whether a reply tells of a key that has left service since the last one did. */
    boolean hasNewLosses(long replied) {
        long seen = losses.get();
        return replied > seen && losses.compareAndSet(seen, replied);
    }

    /** The secret of a key, if this worker has it. */
    Optional<ApiSecret> secret(String keyId) {
        return Optional.ofNullable(secrets.get(keyId));
    }

    String withoutSecret() {
        return withoutSecret;
    }

    /** The groups whose units can serve a model, as acquire wants them; empty for none. */
    String groups(String model) {
        String known = groupsByModel.get(model);
        if (known != null) {
            return known;
        }
        String groups = plan.groupsFor(model);
        if (groupsByModel.size() < MODELS_REMEMBERED) {
            groupsByModel.put(model, groups);
        }
        return groups;
    }

    /** Where those wait who want the same models. */
    WaitingRoom room(String model) {
        return rooms.computeIfAbsent(groups(model), groups -> new WaitingRoom());
    }

    /** A lease has ended here, so that somebody who waits may be lucky. */
    void signal() {
        rooms.values().forEach(WaitingRoom::signal);
    }
}
