package io.keycoord.sdk.okhttp;

import io.keycoord.ApiSecret;
import io.keycoord.CoordinatorInterruptedException;
import io.keycoord.SecretSource;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.sdk.KeyReport;
import io.keycoord.sdk.provider.Dialect;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import okhttp3.Authenticator;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Asks the provider about every key of a pool, each with its own secret and at the pool's base URL only. Needs no Redis
 * and takes no lease: such questions count against no limit. Safe for use by many threads.
 */
public final class KeyInspector {
    private static final int AT_ONCE = 8;
    private static final Duration PER_CALL = Duration.ofSeconds(10);

    /**
     * What came of one key.
     *
     * @param key its id
     * @param account the id of its account
     * @param report what the provider says; empty if it could not be asked
     * @param problem why not, in a few words without any part of the answer; empty otherwise
     */
    public record Inspected(String key, String account, Optional<KeyReport> report, Optional<String> problem) {}

    private final PoolConfig pool;
    private final SecretSource secrets;
    private final Dialect dialect;
    private final PoolAddress address;
    private final HttpUrl base;
    private final OkHttpClient http;

    private KeyInspector(PoolConfig pool, SecretSource secrets, Dialect dialect) {
        this.pool = pool;
        this.secrets = secrets;
        this.dialect = dialect;
        this.address = new PoolAddress(pool.baseUrl());
        this.base = HttpUrl.get(pool.baseUrl().toString());
        this.http = new OkHttpClient.Builder()
                .followRedirects(false)
                .followSslRedirects(false)
                .retryOnConnectionFailure(false)
                .authenticator(Authenticator.NONE)
                .callTimeout(PER_CALL)
                .build();
    }

    /**
     * An inspector of one pool.
     *
     * @throws IllegalArgumentException if the pool's provider has no such endpoint
     */
    public static KeyInspector of(PoolConfig pool, SecretSource secrets) {
        Dialect dialect = Dialect.of(pool.provider());
        if (dialect.keyPaths().isEmpty()) {
            throw new IllegalArgumentException("the provider of pool " + pool.id() + " is " + pool.provider()
                    + ", which tells nothing about a key; expected openrouter");
        }
        return new KeyInspector(pool, secrets, dialect);
    }

    /**
     * Asks about all keys, eight at a time and at most 10 s each, in the order of the configuration.
     *
     * @param within how long it may take in all, more than zero; keys whose turn does not come have a problem that says so
     * @throws CoordinatorInterruptedException if the thread is interrupted; its mark is set again
     */
    public List<Inspected> inspect(Duration within) {
        long end = System.nanoTime() + within.toNanos();
        List<Callable<Inspected>> questions = new ArrayList<>();
        for (AccountConfig account : pool.accounts()) {
            account.keys().forEach(key -> questions.add(() -> inspect(account, key, end)));
        }
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE, KeyInspector::thread);
        try {
            return answers(threads.invokeAll(questions));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CoordinatorInterruptedException(e);
        } finally {
            threads.shutdownNow();
            http.connectionPool().evictAll();
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
        Optional<ApiSecret> secret;
        try {
            secret = secrets.resolve(key.secret());
        } catch (RuntimeException e) {
            // Its message may hold anything.
            String what = e.getClass().getSimpleName();
            return problem(account, key, "not asked: its secret could not be asked for (" + what + ")");
        }
        if (secret.isEmpty()) {
            return problem(account, key, "not asked: its secret is not here");
        }
        try {
            return ask(account, key, secret.get());
        } catch (InterruptedIOException e) {
            return problem(account, key, "the provider did not answer in time");
        } catch (IOException e) {
            return problem(account, key, "the provider could not be reached");
        }
    }

    private Inspected ask(AccountConfig account, KeyConfig key, ApiSecret secret) throws IOException {
        for (String path : dialect.keyPaths()) {
            try (Response response = http.newCall(question(path, secret)).execute()) {
                if (response.code() == 404) {
                    continue;
                }
                return judged(account, key, response);
            }
        }
        return problem(account, key, "the provider answered 404 at " + String.join(" and ", dialect.keyPaths()));
    }

    private Inspected judged(AccountConfig account, KeyConfig key, Response response) throws IOException {
        if (!response.isSuccessful()) {
            return problem(account, key, "the provider answered " + response.code());
        }
        Optional<KeyReport> report = KeyReport.read(Head.of(response).bytes().toByteArray());
        return report.isEmpty()
                ? problem(account, key, "the answer was not understood")
                : new Inspected(key.id(), account.id(), report, Optional.empty());
    }

    private Request question(String path, ApiSecret secret) {
        HttpUrl url = base.newBuilder().addPathSegments(path).build();
        if (!address.covers(url)) {
            throw new IllegalStateException("a key is asked about elsewhere than below " + address);
        }
        Request.Builder request = new Request.Builder().url(url);
        pool.headers().forEach(request::header);
        return request.header(dialect.credentialHeader(), dialect.credentialPrefix() + secret.reveal())
                .build();
    }

    private static Inspected problem(AccountConfig account, KeyConfig key, String what) {
        return new Inspected(key.id(), account.id(), Optional.empty(), Optional.of(what));
    }
}
