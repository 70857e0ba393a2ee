package io.keycoord.sdk.okhttp;

import io.keycoord.ApiSecret;
import io.keycoord.CoordinatorInterruptedException;
import io.keycoord.SecretSource;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.sdk.Credits;
import io.keycoord.sdk.KeyReport;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.AccountQuestions.Told;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Asks the provider about every key of a pool, each with its own secret and at the pool's base URL only. Needs no Redis
 * and takes no lease: such questions count against no limit. Safe for use by many threads.
 */
public final class KeyInspector {
    private static final int AT_ONCE = 8;

    /**
     * What came of one key.
     *
     * @param key its id
     * @param account the id of its account
     * @param report what the provider says; empty if it could not be asked
     * @param credits the money of its account; empty if that is not told to this key
     * @param problem why something could not be asked, in a few words without any part of an answer; empty otherwise
     */
    public record Inspected(
            String key,
            String account,
            Optional<KeyReport> report,
            Optional<Credits> credits,
            Optional<String> problem) {}

    private final PoolConfig pool;
    private final AccountQuestions questions;

    private KeyInspector(PoolConfig pool, AccountQuestions questions) {
        this.pool = pool;
        this.questions = questions;
    }

    /** As {@link #of(PoolConfig, SecretSource, CallOptions)} with the standard options. */
    public static KeyInspector of(PoolConfig pool, SecretSource secrets) {
        return of(pool, secrets, CallOptions.standard());
    }

    /**
     * An inspector of one pool.
     *
     * @param options whose rules say how the provider is asked
     * @throws IllegalArgumentException if the pool's provider has no such endpoint
     */
    public static KeyInspector of(PoolConfig pool, SecretSource secrets, CallOptions options) {
        return new KeyInspector(pool, new AccountQuestions(pool, secrets, options.dialect(pool.provider())));
    }

    /**
     * Asks about all keys, eight at a time, two questions each and at most 10 s a question, in the order of the configuration.
     *
     * @param within how long it may take in all, more than zero; keys whose turn does not come have a problem that says so
     * @throws CoordinatorInterruptedException if the thread is interrupted; its mark is set again
     */
    public List<Inspected> inspect(Duration within) {
        long end = System.nanoTime() + within.toNanos();
        List<Callable<Inspected>> all = new ArrayList<>();
        for (AccountConfig account : pool.accounts()) {
            account.keys().forEach(key -> all.add(() -> inspect(account, key, end)));
        }
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE, KeyInspector::thread);
        try {
            return answers(threads.invokeAll(all));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CoordinatorInterruptedException(e);
        } finally {
            threads.shutdownNow();
            questions.close();
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "keycoord-key-inspector");
        thread.setDaemon(true);
        return thread;
    }

    private static List<Inspected> answers(List<Future<Inspected>> asked) throws InterruptedException {
        List<Inspected> all = new ArrayList<>();
        for (Future<Inspected> one : asked) {
            try {
                all.add(one.get());
            } catch (ExecutionException e) {
                throw new IllegalStateException("a key could not be inspected", e.getCause());
            }
        }
        return all;
    }

    private Inspected inspect(AccountConfig account, KeyConfig key, long end) {
        if (System.nanoTime() - end >= 0) {
            return problem(account, key, "not asked: no time was left");
        }
        Told<ApiSecret> secret = questions.secret(key.secret());
        if (secret.value().isEmpty()) {
            return problem(account, key, "not asked: " + secret.problem().orElse(""));
        }
        Told<KeyReport> report = questions.key(secret.value().get());
        if (report.value().isEmpty()) {
            return problem(account, key, report.problem().orElse(""));
        }
        Told<Credits> credits = questions.credits(secret.value().get());
        Optional<String> problem = credits.problem().map(what -> "of its credits: " + what);
        return new Inspected(key.id(), account.id(), report.value(), credits.value(), problem);
    }

    private static Inspected problem(AccountConfig account, KeyConfig key, String what) {
        return new Inspected(key.id(), account.id(), Optional.empty(), Optional.empty(), Optional.of(what));
    }
}
