package io.keycoord.redis;

import io.keycoord.Outcome;
import io.keycoord.ReportedLimit;
import io.keycoord.config.PoolConfig;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Takes keys out of service and brings them back, and switches whole pools, while leases are out. Each change is one script call, takes effect with
 * the next acquire of any worker, and leaves an entry in the pool's log that names who made it and why.
 *
 * <p>Needs the Redis permissions of a worker. Safe for use by many threads.
 */
public final class PoolOperator implements AutoCloseable {
    private static final int MOST_BY = 64;
    static final int MOST_REASON = 200;

    private final ScriptRunner scripts;
    private final Keyspace keyspace;
    private final String by;

    private PoolOperator(ScriptRunner scripts, Keyspace keyspace, String by) {
        this.scripts = scripts;
        this.keyspace = keyspace;
        this.by = text("by", by, MOST_BY);
    }

    /**
     * An operator of the namespace {@code keycoord}. Connects when it is first asked.
     *
     * @param url as for {@link RedisKeyCoordinatorBuilder#redis}
     * @param by who makes the changes, for the log: 1 to 64 characters without control characters
     */
    public static PoolOperator connect(String url, String by) {
        return connect(url, by, Keyspace.STANDARD.namespace());
    }

    /** An operator of another namespace. */
    public static PoolOperator connect(String url, String by, String namespace) {
        return connect(url, by, namespace, Scripting.EVALSHA);
    }

    /** An operator who calls the scripts in this way. */
    public static PoolOperator connect(String url, String by, String namespace, Scripting scripting) {
        return new PoolOperator(
                JedisScriptRunner.open(url, "keycoord-operator", scripting), new Keyspace(namespace), by);
    }

    /** An operator of the namespace {@code keycoord} where there is no server. */
    public static PoolOperator on(ScriptHost host, String by) {
        return new PoolOperator(new HostedScriptRunner(host), Keyspace.STANDARD, by);
    }

    /**
     * Makes this the configuration of its pool, while workers run. Accounts and keys that stay keep their state; those that
     * are gone give no new leases, and what is out of them ends as usual. Workers with another file go on with the keys they
     * know, until one of them starts anew and registers its own. If both have a revision, the lower one changes nothing.
     *
     * @throws io.keycoord.StoreUnavailableException if Redis does not answer; a repeat goes on where this stopped
     */
    public Registered apply(PoolConfig pool) {
        return new PoolRegistration(scripts, keyspace, pool.id())
                .register(new PoolPlan(pool), PoolRegistration.Start.FULL);
    }

    /**
     * As {@link #apply}, whatever revision Redis has. Workers that start with a higher one register theirs again.
     *
     * @throws io.keycoord.StoreUnavailableException if Redis does not answer; a repeat goes on where this stopped
     */
    public Registered applyOverAny(PoolConfig pool) {
        return new PoolRegistration(scripts, keyspace, pool.id())
                .register(new PoolPlan(pool), PoolRegistration.Start.FULL, PoolRegistration.Precedence.THIS_ONE);
    }

    /**
     * No new leases of this key until it is enabled; those that are out go on, and those that wait to start are acquired
     * again with other keys.
     *
     * @param reason for the log: 1 to 200 characters without control characters
     * @return empty if Redis does not know the pool or the key
     * @throws IllegalArgumentException if the reason is out of range; nothing has changed
     * @throws io.keycoord.StoreUnavailableException if Redis does not answer; repeating the change is harmless
     */
    public Optional<KeyChange> drain(String pool, String key, String reason) {
        return change("drain", pool, key, reason);
    }

    /**
     * Back into service, whatever took it out: drained, disabled as a dead credential, or resting after failures. Its
     * errors are forgotten; a block that the provider has named stays, and so does what its limits have counted. The
     * parameters and answers are those of {@link #drain}.
     */
    public Optional<KeyChange> enable(String pool, String key, String reason) {
        return change("enable", pool, key, reason);
    }

    /**
     * As {@link #enable}, and the blocks of the key and of its account end. What limits have counted stays. The
     * parameters and answers are those of {@link #drain}.
     */
    public Optional<KeyChange> reset(String pool, String key, String reason) {
        return change("reset", pool, key, reason);
    }

    /**
     * The key has another secret, which the workers have by now: whatever took the old one out of service is over, its
     * errors are forgotten, and what leases bring that are out now counts neither against the key nor for it. A drained key
     * stays drained; blocks and what limits have counted stay. The parameters and answers are those of {@link #drain}.
     */
    public Optional<KeyChange> rotate(String pool, String key, String reason) {
        return change("rotate", pool, key, reason);
    }

    /**
     * Switches a whole pool for every worker, from their next acquire on. Leases that are out go on and settle; those that
     * wait to start are given back if the pool is switched off.
     *
     * @param reason for the log: 1 to 200 characters without control characters
     * @return empty if Redis does not know the pool
     * @throws IllegalArgumentException if the reason is out of range; nothing has changed
     * @throws io.keycoord.StoreUnavailableException if Redis does not answer; repeating the change is harmless
     */
    public Optional<PoolChange> switchTo(String pool, PoolSwitch to, String reason) {
        List<String> args = List.of("", to.word(), by, text("reason", reason, MOST_REASON));
        Reply reply = scripts.run(Script.SWITCH, keyspace.meta(pool), args);
        return switch (reply.status()) {
            case "CHANGED", "UNCHANGED" ->
                Optional.of(new PoolChange(
                        pool, PoolSwitch.of(reply.text(4)), to, reply.status().equals("CHANGED")));
            case "NO_POOL" -> Optional.empty();
            default -> throw reply.unexpected();
        };
    }

    /**
     * Takes what the provider has said about a key outside of any call. Nothing becomes looser by it.
     *
     * @param rest how long the key is of no use, because its own budget is spent; zero if it is not
     * @param models the pattern of the account's class of models that {@code reported} is about, as the configuration has it;
     *     empty for none
     * @param reported what is left of the limits that the account has for these models
     * @return whether Redis knows the pool and the key
     * @throws io.keycoord.StoreUnavailableException if Redis does not answer; a repeat is harmless
     */
    public boolean report(String pool, String key, Duration rest, String models, List<ReportedLimit> reported) {
        long restMs = Math.min(rest.toMillis(), Outcome.Block.LONGEST.toMillis());
        List<String> args =
                List.of("", key, Long.toString(restMs), "budget_spent", models, Settlement.learnt(false, reported));
        Reply reply = scripts.run(Script.REPORT, keyspace.meta(pool), args);
        return switch (reply.status()) {
            case "TAKEN" -> true;
            case "NO_KEY", "NO_POOL" -> false;
            default -> throw reply.unexpected();
        };
    }

    private Optional<KeyChange> change(String action, String pool, String key, String reason) {
        List<String> args = List.of("", action, key, by, text("reason", reason, MOST_REASON));
        Reply reply = scripts.run(Script.OPERATE, keyspace.meta(pool), args);
        return switch (reply.status()) {
            case "CHANGED" -> Optional.of(new KeyChange(key, reply.text(4), reply.text(5), true));
            case "UNCHANGED" -> Optional.of(new KeyChange(key, reply.text(4), reply.text(5), false));
            case "NO_KEY", "NO_POOL" -> Optional.empty();
            default -> throw reply.unexpected();
        };
    }

    static String text(String name, String value, int most) {
        Objects.requireNonNull(value, name);
        if (value.isBlank() || value.length() > most || value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    name + " is '" + value + "', expected 1 to " + most + " characters without control characters");
        }
        return value;
    }

    @Override
    public void close() {
        scripts.close();
    }
}
