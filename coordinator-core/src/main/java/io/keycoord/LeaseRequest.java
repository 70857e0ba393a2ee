package io.keycoord;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What a worker asks for. Immutable; each {@code with…} returns a changed copy.
 */
public final class LeaseRequest {

    /** How long {@link KeyCoordinator#acquire} waits when the request does not say. */
    public static final Duration DEFAULT_MAX_WAIT = Duration.ofSeconds(30);

    /** The model of a request that names none; it matches only the pattern {@code *}. */
    public static final String ANY_MODEL = "*";

    /** The most characters that a session's name may have. */
    public static final int MAX_SESSION_LENGTH = 256;

    private static final long MAX_TOKENS = 1_000_000_000L;
    private static final int MAX_MODEL_LENGTH = 128;

    private final String pool;
    private final String model;
    private final long inputTokens;
    private final long outputTokens;
    private final Optional<String> tenant;
    private final Optional<Duration> maxWait;
    private final Set<String> excludedKeys;
    private final Set<String> excludedAccounts;
    private final Optional<String> affinity;

    private LeaseRequest(
            String pool,
            String model,
            long inputTokens,
            long outputTokens,
            Optional<String> tenant,
            Optional<Duration> maxWait,
            Set<String> excludedKeys,
            Set<String> excludedAccounts,
            Optional<String> affinity) {
        this.pool = pool;
        this.model = model;
        this.inputTokens = inputTokens;
        this.outputTokens = outputTokens;
        this.tenant = tenant;
        this.maxWait = maxWait;
        this.excludedKeys = excludedKeys;
        this.excludedAccounts = excludedAccounts;
        this.affinity = affinity;
    }

    /** A request for any key of {@code pool}, for no particular model and no tokens. */
    public static LeaseRequest of(String pool) {
        return new LeaseRequest(
                Objects.requireNonNull(pool, "pool"),
                ANY_MODEL,
                0,
                0,
                Optional.empty(),
                Optional.empty(),
                Set.of(),
                Set.of(),
                Optional.empty());
    }

    /**
     * The model to be called, as the provider spells it; the account's limits are chosen by it.
     *
     * @throws IllegalArgumentException unless it has 1 to 128 printable ASCII characters without blanks
     */
    public LeaseRequest withModel(String model) {
        boolean printable = model.chars().allMatch(c -> c > ' ' && c < 127);
        if (model.isEmpty() || model.length() > MAX_MODEL_LENGTH || !printable) {
            throw new IllegalArgumentException(
                    "model has " + model.length() + " characters, expected 1 to 128 printable ones without blanks");
        }
        return new LeaseRequest(
                pool, model, inputTokens, outputTokens, tenant, maxWait, excludedKeys, excludedAccounts, affinity);
    }

    /**
     * How many tokens to reserve. The truth is told at settlement.
     *
     * @param input estimate of the prompt's tokens, 0 to 1,000,000,000
     * @param output tokens to reserve for the answer, 0 to 1,000,000,000
     */
    public LeaseRequest withTokens(long input, long output) {
        return new LeaseRequest(
                pool,
                model,
                inRange("input tokens", input),
                inRange("output tokens", output),
                tenant,
                maxWait,
                excludedKeys,
                excludedAccounts,
                affinity);
    }

    /**
     * The team or service that pays: its budget is charged as well, and the accounts and keys reserved for it may be
     * used.
     *
     * @param tenant the id of a tenant of the pool; another one makes the acquire throw
     */
    public LeaseRequest withTenant(String tenant) {
        return new LeaseRequest(
                pool,
                model,
                inputTokens,
                outputTokens,
                Optional.of(tenant),
                maxWait,
                excludedKeys,
                excludedAccounts,
                affinity);
    }

    /** How long the caller is ready to wait, from zero to one day. */
    public LeaseRequest withMaxWait(Duration maxWait) {
        if (maxWait.isNegative() || maxWait.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("maxWait is " + maxWait + ", expected zero to PT24H");
        }
        return new LeaseRequest(
                pool,
                model,
                inputTokens,
                outputTokens,
                tenant,
                Optional.of(maxWait),
                excludedKeys,
                excludedAccounts,
                affinity);
    }

    /**
     * Prefers the account and the key that earlier requests of the same session were given, while they can serve, so that
     * prompt caches of the provider are met again: of conversations, of users, of long common beginnings. When they cannot,
     * the session goes to the same second and third choice in every worker, and then to any other. When accounts are added
     * or removed, only sessions of those move.
     *
     * @param session 1 to 256 characters that name what belongs together; they stay in this worker, and are not logged
     * @throws IllegalArgumentException if it is shorter or longer
     */
    public LeaseRequest withAffinity(String session) {
        if (session.isEmpty() || session.length() > MAX_SESSION_LENGTH) {
            throw new IllegalArgumentException(
                    "session has " + session.length() + " characters, expected 1 to " + MAX_SESSION_LENGTH);
        }
        return new LeaseRequest(
                pool,
                model,
                inputTokens,
                outputTokens,
                tenant,
                maxWait,
                excludedKeys,
                excludedAccounts,
                Optional.of(session));
    }

    /** Besides those named before, a key that must not be chosen. */
    public LeaseRequest withoutKey(String keyId) {
        return new LeaseRequest(
                pool,
                model,
                inputTokens,
                outputTokens,
                tenant,
                maxWait,
                plus(excludedKeys, keyId),
                excludedAccounts,
                affinity);
    }

    /** Besides those named before, an account none of whose keys may be chosen. */
    public LeaseRequest withoutAccount(String accountId) {
        return new LeaseRequest(
                pool,
                model,
                inputTokens,
                outputTokens,
                tenant,
                maxWait,
                excludedKeys,
                plus(excludedAccounts, accountId),
                affinity);
    }

    public String pool() {
        return pool;
    }

    public String model() {
        return model;
    }

    public long inputTokens() {
        return inputTokens;
    }

    public long outputTokens() {
        return outputTokens;
    }

    /** Tokens to reserve in all. */
    public long tokens() {
        return inputTokens + outputTokens;
    }

    /** Who pays; empty for a request of nobody in particular. */
    public Optional<String> tenant() {
        return tenant;
    }

    /** Empty if the request does not say; then the method called decides. */
    public Optional<Duration> maxWait() {
        return maxWait;
    }

    public Set<String> excludedKeys() {
        return excludedKeys;
    }

    public Set<String> excludedAccounts() {
        return excludedAccounts;
    }

    /** What belongs together with other requests; empty for a request that may go anywhere. */
    public Optional<String> affinity() {
        return affinity;
    }

    @Override
    public String toString() {
        return "LeaseRequest[" + pool + ", " + model + ", " + inputTokens + "+" + outputTokens + " tokens]";
    }

    private static long inRange(String what, long tokens) {
        if (tokens < 0 || tokens > MAX_TOKENS) {
            throw new IllegalArgumentException(what + " is " + tokens + ", expected 0 to " + MAX_TOKENS);
        }
        return tokens;
    }

    private static Set<String> plus(Set<String> set, String element) {
        Set<String> larger = new LinkedHashSet<>(set);
        larger.add(Objects.requireNonNull(element));
        return Set.copyOf(larger);
    }
}
