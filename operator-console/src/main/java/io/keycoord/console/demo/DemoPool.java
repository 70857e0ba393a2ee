package io.keycoord.console.demo;

import io.keycoord.simulator.Rate;
import io.keycoord.simulator.SimulatedAccount;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The accounts, keys and limits of the demo, as the provider and Keycoord both see them. However many keys there are,
 * the pool as a whole admits no more than two cores can carry.
 *
 * @param accounts in order
 * @param window of each rate
 * @param requests of each account
 * @param tokens of each account
 * @param concurrency calls of each account at the same time
 */
record DemoPool(List<Account> accounts, Duration window, Limit requests, Limit tokens, int concurrency) {
    static final String ID = "demo";
    static final String MODEL = "sim/chat";

    /** How late a request may arrive after its grant: workers, Redis and provider share a few cores here. */
    static final Duration ARRIVAL_JITTER = Duration.ofMillis(500);

    private static final double CALLS_PER_SECOND_AND_KEY = 7.5;
    private static final int MOST_CALLS_PER_SECOND = 60;
    private static final int CALLERS_PER_KEY = 4;
    private static final int TOKENS_PER_CALL = 190;
    private static final int LEAST_BURST_CALLS = 5;
    /** More than the largest request of {@link DemandStream}. */
    private static final int LEAST_BURST_TOKENS = 1_800;

    private static final int KEYS_PER_ACCOUNT = 2;
    private static final int SECRET_BYTES = 16;

    /**
     * A bucket: so much per window, and so much at once when nothing was used for a while.
     */
    record Limit(long perWindow, long burst) {}

    /** An account with its keys, in order. */
    record Account(String id, List<Key> keys) {
        Account {
            keys = List.copyOf(keys);
        }
    }

    /** A key. The secret is one of the simulator's, good for nothing else, and all the same never shown. */
    record Key(String id, String secret) {
        @Override
        public String toString() {
            return "Key[" + id + "]";
        }
    }

    DemoPool {
        accounts = List.copyOf(accounts);
    }

    static DemoPool of(DemoSettings settings) {
        int count = (settings.keys() + KEYS_PER_ACCOUNT - 1) / KEYS_PER_ACCOUNT;
        List<Account> accounts = new ArrayList<>();
        for (int a = 0; a < count; a++) {
            int keys = Math.min(KEYS_PER_ACCOUNT, settings.keys() - a * KEYS_PER_ACCOUNT);
            accounts.add(account("team-" + (char) ('a' + a), keys));
        }
        double perSecond = Math.min(MOST_CALLS_PER_SECOND, CALLS_PER_SECOND_AND_KEY * settings.keys());
        long calls = (long) (perSecond * settings.window().toMillis() / 1000 / count);
        return new DemoPool(
                accounts,
                settings.window(),
                limit(calls, LEAST_BURST_CALLS, settings.window()),
                limit(calls * TOKENS_PER_CALL, LEAST_BURST_TOKENS, settings.window()),
                2 * callers(settings.keys(), count) / count);
    }

    /**
     * A fifth of a window at once, so that the first full buckets are used up well within the warm-up; more if less than
     * {@code least} would be left of it where arrival jitter is taken off.
     */
    private static Limit limit(long perWindow, long least, Duration window) {
        long keptBack = perWindow * ARRIVAL_JITTER.toMillis() / window.toMillis() + 1;
        return new Limit(perWindow, Math.min(perWindow, Math.max(perWindow / 5, least + keptBack)));
    }

    private static Account account(String id, int keys) {
        List<Key> list = new ArrayList<>();
        for (int k = 1; k <= keys; k++) {
            list.add(new Key(id + "-" + k, secret()));
        }
        return new Account(id, list);
    }

    private static String secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        return "sk-demo-" + HexFormat.of().formatHex(bytes);
    }

    /**
     * Calls that all workers together make or wait with at the same time: enough for each account to be asked always, and
     * few enough for a key that is revoked to be seen by few.
     */
    private static int callers(int keys, int accounts) {
        return Math.min(CALLERS_PER_KEY * keys, 24 + 2 * accounts);
    }

    int callers() {
        return callers(keys().size(), accounts.size());
    }

    List<Key> keys() {
        return accounts.stream().flatMap(account -> account.keys().stream()).toList();
    }

    /** The key whose credential is revoked. Its account has another one. */
    String badKey() {
        return accounts.get(0).keys().get(0).id();
    }

    /** The key that fails for a while. Its account has another one. */
    String failingKey() {
        return accounts.get(1).keys().get(0).id();
    }

    /** Tokens that all accounts together admit per second. */
    double tokensPerSecond() {
        return (double) tokens.perWindow() * accounts.size() * 1000 / window.toMillis();
    }

    /** Requests that all accounts together admit per second. */
    double requestsPerSecond() {
        return (double) requests.perWindow() * accounts.size() * 1000 / window.toMillis();
    }

    /** The same limits at the provider. */
    List<SimulatedAccount> simulated() {
        return accounts.stream().map(this::simulated).toList();
    }

    private SimulatedAccount simulated(Account account) {
        SimulatedAccount.Builder builder = SimulatedAccount.builder(account.id());
        account.keys().forEach(key -> builder.key(key.id(), key.secret()));
        return builder.requests(rate(requests))
                .tokens(rate(tokens))
                .concurrency(concurrency)
                .build();
    }

    private Rate rate(Limit limit) {
        return Rate.bucket(limit.perWindow(), window).withBurst(limit.burst());
    }
}
