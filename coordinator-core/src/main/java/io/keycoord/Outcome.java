package io.keycoord;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a call ended, and so what it says about the key, its account and the provider. Immutable.
 *
 * <p>Attribution: a key's breaker counts {@link Kind#KEY_FAILED}, and {@link Kind#PROVIDER_FAILED} only if another
 * account succeeded with the same model within the breaker's window. A rate limit blocks and never counts. Network
 * failures, aborted calls and the caller's own faults say nothing about the key.
 */
public final class Outcome {

    /** What happened. */
    public enum Kind {
        /** The provider answered the call. */
        SUCCESS,
        /** The provider refused the call because a limit was reached; {@link Outcome#block} says what rests. */
        RATE_LIMITED,
        /** The provider refused this key: wrong, revoked, out of its own budget. */
        KEY_FAILED,
        /** The provider failed: 5xx, overloaded, no answer in time, a broken stream. */
        PROVIDER_FAILED,
        /** This worker could not reach the provider; the request was not sent. */
        NETWORK_FAILED,
        /** The request itself was refused; no other key would help. */
        CALLER_FAULT,
        /** The caller gave up before the end; the provider may have counted the call. */
        ABORTED,
        /** Nothing was sent: everything that was reserved is given back. */
        UNUSED
    }

    /** What rests after a refusal. */
    public enum Scope {
        /** Nothing: the refusal is not about this customer. */
        NONE,
        /** The key alone. */
        KEY,
        /** The account, for the models that share the limit. */
        ACCOUNT_MODELS,
        /** The account with all its models. */
        ACCOUNT,
        /** The model of the call, whoever asks for it: what serves it has no capacity, and nobody's key is at fault. */
        ENDPOINT
    }

    /**
     * A rest until the provider is ready again.
     *
     * @param scope what rests
     * @param duration for how long from now, at most 32 days
     */
    public record Block(Scope scope, Duration duration) {
        /** Longer blocks are cut to this; no provider's limit takes longer to come back. */
        public static final Duration LONGEST = Duration.ofDays(32);

        static final Block NOTHING = new Block(Scope.NONE, Duration.ZERO);

        public Block {
            Objects.requireNonNull(scope, "scope");
            if (duration.isNegative()) {
                throw new IllegalArgumentException("duration is " + duration + ", expected zero or more");
            }
            duration = duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
        }
    }

    /** How much a failed key is trusted afterwards. */
    public enum Failure {
        /** Counts one error against the key's breaker. */
        ERROR,
        /** Opens the key's breaker at once; one probe later decides. */
        SUSPECT,
        /** Disables the key until an operator enables it: the credential is dead. */
        DEAD
    }

    private static final Pattern CAUSE = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    private final Kind kind;
    private final Optional<Usage> usage;
    private final Block block;
    private final Failure failure;
    private final String cause;
    private final Lesson lesson;

    /** What the answer teaches about the account's limits. */
    private record Lesson(List<ReportedLimit> reported, boolean slower) {
        static final Lesson NONE = new Lesson(List.of(), false);
    }

    private Outcome(Kind kind, Optional<Usage> usage, Block block, Failure failure, String cause, Lesson lesson) {
        this.kind = kind;
        this.usage = usage;
        this.block = block;
        this.failure = failure;
        this.cause = word(cause);
        this.lesson = lesson;
    }

    private static String word(String cause) {
        if (!CAUSE.matcher(cause).matches()) {
            throw new IllegalArgumentException("cause has " + cause.length()
                    + " characters, expected 1 to 64 of letters, digits, '_', '.' and '-'");
        }
        return cause;
    }

    private static Outcome of(Kind kind, Optional<Usage> usage, String cause) {
        return new Outcome(kind, usage, Block.NOTHING, Failure.ERROR, cause, Lesson.NONE);
    }

    /** The call was answered and cost {@code usage}. */
    public static Outcome success(Usage usage) {
        return of(Kind.SUCCESS, Optional.of(usage), "ok");
    }

    /** The call was answered; what it cost is unknown, so the reservation is kept as the charge. */
    public static Outcome successWithoutUsage() {
        return of(Kind.SUCCESS, Optional.empty(), "ok");
    }

    /** The provider's limit was reached: the account rests for these models. */
    public static Outcome rateLimited(Duration retryAfter) {
        return rateLimited(new Block(Scope.ACCOUNT_MODELS, retryAfter), "rate_limited");
    }

    /** A limit was reached: {@code block} says what rests. Counts against no breaker. */
    public static Outcome rateLimited(Block block, String cause) {
        return new Outcome(Kind.RATE_LIMITED, Optional.of(Usage.NONE), block, Failure.ERROR, cause, Lesson.NONE);
    }

    /** The provider refused this key. */
    public static Outcome keyFailed(Failure failure, String cause) {
        return new Outcome(Kind.KEY_FAILED, Optional.of(Usage.NONE), Block.NOTHING, failure, cause, Lesson.NONE);
    }

    /** The provider failed; whether it counted the call is unknown, so the reservation is kept as the charge. */
    public static Outcome providerFailed(String cause) {
        return of(Kind.PROVIDER_FAILED, Optional.empty(), cause);
    }

    /** This worker's network failed before anything was sent. */
    public static Outcome networkFailed(String cause) {
        return of(Kind.NETWORK_FAILED, Optional.of(Usage.NONE), cause);
    }

    /** The request itself was refused. */
    public static Outcome callerFault(String cause) {
        return of(Kind.CALLER_FAULT, Optional.of(Usage.NONE), cause);
    }

    /** The caller gave up; the reservation is kept as the charge. */
    public static Outcome aborted() {
        return of(Kind.ABORTED, Optional.empty(), "aborted");
    }

    /** Nothing was sent. */
    public static Outcome unused() {
        return of(Kind.UNUSED, Optional.of(Usage.NONE), "unused");
    }

    /** The same outcome with what the call is known to have cost. */
    public Outcome withUsage(Usage known) {
        return new Outcome(kind, Optional.of(known), block, failure, cause, lesson);
    }

    /** The same outcome, the cost of which is not known: the reservation is kept as the charge. */
    public Outcome withUnknownUsage() {
        return new Outcome(kind, Optional.empty(), block, failure, cause, lesson);
    }

    /** The same outcome, after which something rests as well. */
    public Outcome withBlock(Block rest) {
        return new Outcome(kind, usage, rest, failure, cause, lesson);
    }

    /**
     * The same outcome of an answer that says what is left of the account's limits. Limits become tighter by it, never
     * looser; what the configuration does not limit stays unlimited.
     */
    public Outcome withReported(List<ReportedLimit> limits) {
        return new Outcome(kind, usage, block, failure, cause, new Lesson(List.copyOf(limits), lesson.slower));
    }

    /**
     * The same outcome of an answer that asks for slower growth: the account goes on with these models at half of its rates
     * or less, in steps down to an eighth, and recovers by itself.
     */
    public Outcome withSlowDown() {
        return new Outcome(kind, usage, block, failure, cause, new Lesson(lesson.reported, true));
    }

    public Kind kind() {
        return kind;
    }

    /** Empty if unknown; then what was reserved stays charged. */
    public Optional<Usage> usage() {
        return usage;
    }

    public Block block() {
        return block;
    }

    /** What the answer said of the account's limits; may be empty. */
    public List<ReportedLimit> reported() {
        return lesson.reported;
    }

    /** Whether the provider asked for slower growth. */
    public boolean slowsDown() {
        return lesson.slower;
    }

    /** Meaningful for {@link Kind#KEY_FAILED} only. */
    public Failure failure() {
        return failure;
    }

    /**
     * A short machine word for operators, such as {@code http_401_invalid_api_key}: letters, digits and {@code _.-}, at
     * most 64 characters. Never text from an answer's body.
     */
    public String cause() {
        return cause;
    }

    @Override
    public String toString() {
        return "Outcome[" + kind + ", " + cause
                + usage.map(u -> ", " + u.tokens() + " tokens").orElse("") + "]";
    }
}
