package io.keycoord.sdk.okhttp;

import io.keycoord.ApiSecret;
import io.keycoord.KeyRevival;
import io.keycoord.SecretSource;
import io.keycoord.SuspendedKey;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.sdk.Credits;
import io.keycoord.sdk.KeyReport;
import io.keycoord.sdk.okhttp.AccountQuestions.Told;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings keys back that are out of service because their credential was refused, or money was spent, once the provider says
 * that they are good again and have money left:
 *
 * <pre>{@code
 * KeyHealthCheck check = KeyHealthCheck.start(pool, secrets, keys.revival(), HealthCheckOptions.standard());
 * }</pre>
 *
 * <p>The question is {@code GET /key}, which costs nothing and counts against no limit, with the key's own secret; and {@code
 * GET /credits} where the account had no money. Of all workers that run one, a single one asks about a key at a time, each
 * one question after the other on one thread, and less and less often while the key stays bad. What an operator has drained stays so; a refusal,
 * an error and silence change nothing. Each key that comes back is told at INFO and in the pool's log.
 *
 * <p>It does not promise that calls succeed: what the provider refuses again leaves service again.
 */
public final class KeyHealthCheck implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KeyHealthCheck.class);
    private static final int ASKED_PER_LOOK = 50;
    private static final int CLOSE_SECONDS = 5;

    private final PoolConfig pool;
    private final KeyRevival revival;
    private final HealthCheckOptions options;
    private final AccountQuestions questions;
    private final Map<String, KeyConfig> keys = new HashMap<>();
    private final ScheduledExecutorService thread;
    private final AtomicBoolean failed = new AtomicBoolean();

    KeyHealthCheck(PoolConfig pool, SecretSource secrets, KeyRevival revival, HealthCheckOptions options) {
        this.pool = pool;
        this.revival = revival;
        this.options = options;
        this.questions = new AccountQuestions(pool, secrets, options.calls().dialect(pool.provider()));
        pool.accounts().forEach(account -> account.keys().forEach(key -> keys.put(key.id(), key)));
        this.thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread made = new Thread(task, "keycoord-health-check-" + pool.id());
            made.setDaemon(true);
            return made;
        });
    }

    /**
     * Starts to look, after the first interval.
     *
     * @param pool as configured
     * @param secrets where the secrets of its keys are; those that are not there are left to other workers
     * @param revival of the worker's coordinator, which must be open for as long as this is
     * @throws IllegalArgumentException if the pool's provider tells nothing about a key
     */
    public static KeyHealthCheck start(
            PoolConfig pool, SecretSource secrets, KeyRevival revival, HealthCheckOptions options) {
        KeyHealthCheck check = new KeyHealthCheck(pool, secrets, revival, options);
        check.schedule();
        return check;
    }

    private void schedule() {
        long interval = options.interval().toMillis();
        long pause = ThreadLocalRandom.current().nextLong(interval * 4 / 5, interval * 6 / 5 + 1);
        try {
            var unused = thread.schedule(this::lookAndGoOn, pause, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("pool {}: the health check is closed", pool.id());
        }
    }

    private void lookAndGoOn() {
        try {
            look();
            failed.set(false);
        } catch (RuntimeException e) {
            if (!thread.isShutdown() && failed.compareAndSet(false, true)) {
                LOG.warn("pool {}: the health check failed, it goes on: {}", pool.id(), e.toString());
            }
        } finally {
            schedule();
        }
    }

    /** Asks about every key whose turn it is. For one thread. */
    void look() {
        int asked = 0;
        for (SuspendedKey key : candidates()) {
            if (asked == ASKED_PER_LOOK || thread.isShutdown()) {
                return;
            }
            asked += checked(key) ? 1 : 0;
        }
    }

    /** In random order, so that workers rarely want the same. Of an account without money one key is asked for all. */
    private List<SuspendedKey> candidates() {
        List<SuspendedKey> all = new ArrayList<>();
        Set<String> accounts = new HashSet<>();
        for (SuspendedKey key : revival.suspended(pool.id())) {
            boolean mine = !Recovery.askable(key).isEmpty() && secret(key).isPresent();
            if (mine && (!Recovery.isOfAccount(key) || accounts.add(key.account()))) {
                all.add(key);
            }
        }
        Collections.shuffle(all, ThreadLocalRandom.current());
        return all;
    }

    private Optional<ApiSecret> secret(SuspendedKey key) {
        KeyConfig config = keys.get(key.id());
        return config == null
                ? Optional.empty()
                : questions.secret(config.secret()).value();
    }

    /** Whether the provider was asked. */
    private boolean checked(SuspendedKey key) {
        Set<String> causes = Recovery.askable(key);
        Optional<ApiSecret> secret = secret(key);
        if (secret.isEmpty() || !revival.claim(pool.id(), key.id(), causes, options.interval(), options.longest())) {
            return false;
        }
        Told<KeyReport> report = questions.key(secret.get());
        if (report.value().isEmpty()) {
            LOG.debug(
                    "pool {}: key {} stays out of service: {}",
                    pool.id(),
                    key.id(),
                    report.problem().orElse(""));
            return true;
        }
        Optional<Credits> credits = Recovery.asksForCredits(causes)
                ? questions.credits(secret.get()).value()
                : Optional.empty();
        revive(
                key,
                Recovery.over(
                        causes,
                        report.value().get(),
                        credits,
                        options.calls().clock().instant()));
        return true;
    }

    private void revive(SuspendedKey key, Set<String> over) {
        String reason = "health check: the provider says that it is good, no longer " + String.join(", ", over);
        if (!over.isEmpty() && revival.revive(pool.id(), key.id(), over, shortened(reason))) {
            LOG.info("pool {}: key {} is back in service ({})", pool.id(), key.id(), reason);
        }
    }

    private static String shortened(String reason) {
        return reason.substring(0, Math.min(reason.length(), 200));
    }

    /** Asks no more, and waits up to 5 s for a question that is under way to end. May be repeated. */
    @Override
    public void close() {
        thread.shutdownNow();
        questions.close();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("pool {}: the health check has not ended in {} s", pool.id(), CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
