package io.keycoord;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

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
    private final Priority priority;

    private LeaseRequest(Draft draft) {
        this.pool = draft.pool;
        this.model = draft.model;
        this.inputTokens = draft.inputTokens;
        this.outputTokens = draft.outputTokens;
        this.tenant = draft.tenant;
        this.maxWait = draft.maxWait;
        this.excludedKeys = draft.excludedKeys;
        this.excludedAccounts = draft.excludedAccounts;
        this.affinity = draft.affinity;
        this.priority = draft.priority;
    }

    /** A copy of which one part is about to be changed. */
    private static final class Draft {
        private final String pool;
        private String model = ANY_MODEL;
        private long inputTokens;
        private long outputTokens;
        private Optional<String> tenant = Optional.empty();
        private Optional<Duration> maxWait = Optional.empty();
        private Set<String> excludedKeys = Set.of();
        private Set<String> excludedAccounts = Set.of();
        private Optional<String> affinity = Optional.empty();
        private Priority priority = Priority.NORMAL;

        Draft(String pool) {
            this.pool = pool;
        }
    }

    private LeaseRequest with(Consumer<Draft> change) {
        Draft draft = new Draft(pool);
        draft.model = model;
        draft.inputTokens = inputTokens;
        draft.outputTokens = outputTokens;
        draft.tenant = tenant;
        draft.maxWait = maxWait;
        draft.excludedKeys = excludedKeys;
        draft.excludedAccounts = excludedAccounts;
        draft.affinity = affinity;
        draft.priority = priority;
        change.accept(draft);
        return new LeaseRequest(draft);
    }

    /** A request for any key of {@code pool}, for no particular model and no tokens. */
    public static LeaseRequest of(String pool) {
        return new LeaseRequest(new Draft(Objects.requireNonNull(pool, "pool")));
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
        return with(draft -> draft.model = model);
    }

    /**
     * How many tokens to reserve. The truth is told at settlement.
     *
     * @param input estimate of the prompt's tokens, 0 to 1,000,000,000
     * @param output tokens to reserve for the answer, 0 to 1,000,000,000
     */
    public LeaseRequest withTokens(long input, long output) {
        long prompt = inRange("input tokens", input);
        long answer = inRange("output tokens", output);
        return with(draft -> {
            draft.inputTokens = prompt;
            draft.outputTokens = answer;
        });
    }

    /**
     * The team or service that pays: its budget is charged as well, and the accounts and keys reserved for it may be
     * used.
     *
     * @param tenant the id of a tenant of the pool; another one makes the acquire throw
     * @throws IllegalArgumentException if it is empty
     */
    public LeaseRequest withTenant(String tenant) {
        if (tenant.isEmpty()) {
            throw new IllegalArgumentException("tenant is empty, expected the id of a tenant of the pool");
        }
        return with(draft -> draft.tenant = Optional.of(tenant));
    }

    /**
     * How long the caller is ready to wait, from zero to one day, whatever it waits for: an acquire returns or throws at most a
     * few milliseconds later, also when Redis is slow or silent. Zero is for callers who wait for no key: they wait for
     * Redis as {@link KeyCoordinator#tryAcquire} does.
     */
    public LeaseRequest withMaxWait(Duration maxWait) {
        if (maxWait.isNegative() || maxWait.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("maxWait is " + maxWait + ", expected zero to PT24H");
        }
        return with(draft -> draft.maxWait = Optional.of(maxWait));
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
        return with(draft -> draft.affinity = Optional.of(session));
    }

    /** How important the call is; {@link Priority#NORMAL} unless it says so. */
    public LeaseRequest withPriority(Priority priority) {
        Objects.requireNonNull(priority, "priority");
        return with(draft -> draft.priority = priority);
    }

    /** Besides those named before, a key that must not be chosen. */
    public LeaseRequest withoutKey(String keyId) {
        return with(draft -> draft.excludedKeys = plus(excludedKeys, keyId));
    }

    /** Besides those named before, an account none of whose keys may be chosen. */
    public LeaseRequest withoutAccount(String accountId) {
        return with(draft -> draft.excludedAccounts = plus(excludedAccounts, accountId));
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

    public Priority priority() {
        return priority;
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
