package io.keycoord.sdk.okhttp;

import io.keycoord.KeyCoordinator;
import io.keycoord.PoolInfo;
import io.keycoord.Priority;
import io.keycoord.sdk.AnswerJudge;
import io.keycoord.sdk.LimitReader;
import io.keycoord.sdk.OutcomeClassifier;
import io.keycoord.sdk.RetryBudget;
import io.keycoord.sdk.RetryPolicy;
import io.keycoord.sdk.TroubleLog;
import io.keycoord.sdk.UnmatchedAnswers;
import io.keycoord.sdk.provider.Dialect;
import io.keycoord.sdk.provider.RulesException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import okhttp3.Authenticator;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;

/**
 * Makes {@code OkHttpClient}s whose calls to a pool's base URL are leased, signed, retried and settled:
 *
 * <pre>{@code
 * OkHttpClient http = LeasedHttp.newClient(keys, "openrouter");
 * }</pre>
 *
 * <p>A call waits for a key within its call timeout, and without one for {@link Options#maxWait}. The secret goes to
 * the pool's base URL only, replaces any credential the caller set, and is in no request or answer that the caller
 * sees. Calls to other hosts are left alone. Close every answer, as OkHttp asks anyway: its lease ends with it.
 *
 * <p>A call may name what it belongs to by a tag of its request: see {@link Affinity}; and how important it is:
 * {@code .tag(Priority.class, Priority.INTERACTIVE)}.
 *
 * <p>The clients are safe for use by many threads. Turn off the retries of any library above them.
 */
public final class LeasedHttp {
    private static final int MAX_REQUESTS = 512;

    private LeasedHttp() {}

    /**
     * What may be chosen. Immutable; each {@code with…} returns a changed copy.
     *
     * @param maxWait how long each wait for a lease may take in a call without a call timeout, zero to one day
     * @param maxAttempts how often one call is sent at most, 1 to 10
     * @param defaultOutputTokens reserved for the answer to a request that names no maximum, 0 to 1,000,000,000
     * @param tenant who pays for the calls, a tenant of the pool; empty for nobody in particular
     * @param priority how important calls are whose requests have no tag that says so
     * @param allowDuplicateGeneration whether a request is sent again although it may have been executed and billed, as
     *     after a lost connection
     * @param clock turns the instants that providers name into waits
     * @param rules how the provider is called and how it says no, instead of what is built in for the pool's provider
     * @param unmatched counts the answers that no rule of the provider recognises
     */
    public record Options(
            Duration maxWait,
            int maxAttempts,
            long defaultOutputTokens,
            Optional<String> tenant,
            Priority priority,
            boolean allowDuplicateGeneration,
            Clock clock,
            Optional<Dialect> rules,
            UnmatchedAnswers unmatched) {

        public Options {
            if (maxWait.isNegative() || maxWait.compareTo(Duration.ofDays(1)) > 0) {
                throw new IllegalArgumentException("maxWait is " + maxWait + ", expected zero to PT24H");
            }
            if (maxAttempts < 1 || maxAttempts > 10) {
                throw new IllegalArgumentException("maxAttempts is " + maxAttempts + ", expected 1 to 10");
            }
            if (defaultOutputTokens < 0 || defaultOutputTokens > 1_000_000_000L) {
                throw new IllegalArgumentException(
                        "defaultOutputTokens is " + defaultOutputTokens + ", expected 0 to 1000000000");
            }
            if (tenant.filter(String::isEmpty).isPresent()) {
                throw new IllegalArgumentException("tenant is empty, expected the id of a tenant of the pool");
            }
            Objects.requireNonNull(priority, "priority");
            Objects.requireNonNull(clock, "clock");
            Objects.requireNonNull(rules, "rules");
            Objects.requireNonNull(unmatched, "unmatched");
        }

        /** Waits 30 s, three tries, 1,024 tokens, normal calls, no duplicates, the system's clock, the built-in rules. */
        public static Options standard() {
            return new Options(
                    Duration.ofSeconds(30),
                    3,
                    1_024,
                    Optional.empty(),
                    Priority.NORMAL,
                    false,
                    Clock.systemUTC(),
                    Optional.empty(),
                    new UnmatchedAnswers());
        }

        public Options withMaxWait(Duration wait) {
            return new Options(
                    wait,
                    maxAttempts,
                    defaultOutputTokens,
                    tenant,
                    priority,
                    allowDuplicateGeneration,
                    clock,
                    rules,
                    unmatched);
        }

        public Options withMaxAttempts(int attempts) {
            return new Options(
                    maxWait,
                    attempts,
                    defaultOutputTokens,
                    tenant,
                    priority,
                    allowDuplicateGeneration,
                    clock,
                    rules,
                    unmatched);
        }

        public Options withDefaultOutputTokens(long tokens) {
            return new Options(
                    maxWait, maxAttempts, tokens, tenant, priority, allowDuplicateGeneration, clock, rules, unmatched);
        }

        /** The same for calls of one tenant of the pool: its budget is charged, and what is reserved for it may be used. */
        public Options withTenant(String id) {
            return new Options(
                    maxWait,
                    maxAttempts,
                    defaultOutputTokens,
                    Optional.of(id),
                    priority,
                    allowDuplicateGeneration,
                    clock,
                    rules,
                    unmatched);
        }

        /** The same for calls that are as important as this, unless the tag of a request says otherwise. */
        public Options withPriority(Priority other) {
            return new Options(
                    maxWait,
                    maxAttempts,
                    defaultOutputTokens,
                    tenant,
                    other,
                    allowDuplicateGeneration,
                    clock,
                    rules,
                    unmatched);
        }

        public Options withDuplicateGeneration(boolean allowed) {
            return new Options(
                    maxWait, maxAttempts, defaultOutputTokens, tenant, priority, allowed, clock, rules, unmatched);
        }

        public Options withClock(Clock other) {
            return new Options(
                    maxWait,
                    maxAttempts,
                    defaultOutputTokens,
                    tenant,
                    priority,
                    allowDuplicateGeneration,
                    other,
                    rules,
                    unmatched);
        }

        /**
         * The same with a file of rules, as {@code docs/providers.md} describes it. The file is read now and not again.
         * With {@code "extends": "openai"} its rules are tried before the built-in ones of OpenAI; with no such field they
         * are all there is.
         *
         * @throws RulesException if the file cannot be read or anything in it is not as expected; it names the place
         */
        public Options withRules(Path file) {
            return withDialect(Dialect.read(file));
        }

        private Options withDialect(Dialect dialect) {
            return new Options(
                    maxWait,
                    maxAttempts,
                    defaultOutputTokens,
                    tenant,
                    priority,
                    allowDuplicateGeneration,
                    clock,
                    Optional.of(dialect),
                    unmatched);
        }

        /** The same, counting into {@code counter} the answers that no rule recognises. */
        public Options withUnmatched(UnmatchedAnswers counter) {
            return new Options(
                    maxWait,
                    maxAttempts,
                    defaultOutputTokens,
                    tenant,
                    priority,
                    allowDuplicateGeneration,
                    clock,
                    rules,
                    counter);
        }

        /** How a pool's provider is spoken to with these options. */
        public Dialect dialect(String provider) {
            return rules.map(own -> own.named(provider)).orElseGet(() -> Dialect.of(provider));
        }
    }

    /**
     * A client with the standard options.
     *
     * @throws IllegalArgumentException if the pool is not configured
     */
    public static OkHttpClient newClient(KeyCoordinator keys, String pool) {
        return newClient(keys, pool, Options.standard());
    }

    /**
     * A client of its own.
     *
     * @throws IllegalArgumentException if the pool is not configured
     */
    public static OkHttpClient newClient(KeyCoordinator keys, String pool, Options options) {
        return configure(new OkHttpClient.Builder(), keys, pool, options).build();
    }

    /** Makes the clients of {@code builder} lease, with the standard options. */
    public static OkHttpClient.Builder configure(OkHttpClient.Builder builder, KeyCoordinator keys, String pool) {
        return configure(builder, keys, pool, Options.standard());
    }

    /**
     * Makes the clients of {@code builder} lease. Replaces its dispatcher by one that lets 512 calls run at once, its
     * timeouts by 10 s to connect, 1 min to write and 10 min to read, and its authenticator by none; turns off
     * redirects and OkHttp's own resending. Timeouts and dispatcher may be set to something else afterwards. Network
     * interceptors that log requests belong to the builder before: those added afterwards see the secret.
     *
     * @throws IllegalArgumentException if the pool is not configured; the builder is then as it was
     */
    public static OkHttpClient.Builder configure(
            OkHttpClient.Builder builder, KeyCoordinator keys, String pool, Options options) {
        PoolInfo info = keys.pool(pool);
        PoolAddress address = new PoolAddress(info.baseUrl());
        Dialect dialect = options.dialect(info.provider());
        return transport(builder)
                .addInterceptor(leasing(keys, info, address, dialect, options))
                .addNetworkInterceptor(new SigningInterceptor(address, info, dialect));
    }

    private static LeaseInterceptor leasing(
            KeyCoordinator keys, PoolInfo info, PoolAddress address, Dialect dialect, Options options) {
        TroubleLog log = new TroubleLog(options.clock());
        LimitReader limits = new LimitReader(dialect.limits(), options.clock());
        OutcomeClassifier classifier =
                new OutcomeClassifier(dialect.name(), dialect.rules(), limits, options.clock(), options.unmatched());
        Judge judge = new Judge(new AnswerJudge(classifier, limits, log));
        RetryPolicy policy = new RetryPolicy(
                options.maxAttempts(),
                options.allowDuplicateGeneration(),
                () -> ThreadLocalRandom.current().nextLong(),
                new RetryBudget());
        return new LeaseInterceptor(keys, info, address, options, policy, judge, log);
    }

    private static OkHttpClient.Builder transport(OkHttpClient.Builder builder) {
        Dispatcher dispatcher = new Dispatcher();
        dispatcher.setMaxRequests(MAX_REQUESTS);
        dispatcher.setMaxRequestsPerHost(MAX_REQUESTS);
        return builder.dispatcher(dispatcher)
                .followRedirects(false)
                .followSslRedirects(false)
                .retryOnConnectionFailure(false)
                .authenticator(Authenticator.NONE)
                .connectTimeout(Duration.ofSeconds(10))
                .writeTimeout(Duration.ofMinutes(1))
                .readTimeout(Duration.ofMinutes(10));
    }
}
