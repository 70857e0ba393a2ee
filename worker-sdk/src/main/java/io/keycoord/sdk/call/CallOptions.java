package io.keycoord.sdk.call;

import io.keycoord.Priority;
import io.keycoord.sdk.UnmatchedAnswers;
import io.keycoord.sdk.provider.Dialect;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

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
public record CallOptions(
        Duration maxWait,
        int maxAttempts,
        long defaultOutputTokens,
        Optional<String> tenant,
        Priority priority,
        boolean allowDuplicateGeneration,
        Clock clock,
        Optional<Dialect> rules,
        UnmatchedAnswers unmatched) {

    public CallOptions {
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
    public static CallOptions standard() {
        return new CallOptions(
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

    /** A copy of which one part is about to be changed. */
    private static final class Draft {
        private Duration maxWait;
        private int maxAttempts;
        private long defaultOutputTokens;
        private Optional<String> tenant;
        private Priority priority;
        private boolean allowDuplicateGeneration;
        private Clock clock;
        private Optional<Dialect> rules;
        private UnmatchedAnswers unmatched;

        Draft(CallOptions before) {
            maxWait = before.maxWait;
            maxAttempts = before.maxAttempts;
            defaultOutputTokens = before.defaultOutputTokens;
            tenant = before.tenant;
            priority = before.priority;
            allowDuplicateGeneration = before.allowDuplicateGeneration;
            clock = before.clock;
            rules = before.rules;
            unmatched = before.unmatched;
        }
    }

    private CallOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new CallOptions(
                draft.maxWait,
                draft.maxAttempts,
                draft.defaultOutputTokens,
                draft.tenant,
                draft.priority,
                draft.allowDuplicateGeneration,
                draft.clock,
                draft.rules,
                draft.unmatched);
    }

    public CallOptions withMaxWait(Duration wait) {
        return with(draft -> draft.maxWait = wait);
    }

    public CallOptions withMaxAttempts(int attempts) {
        return with(draft -> draft.maxAttempts = attempts);
    }

    public CallOptions withDefaultOutputTokens(long tokens) {
        return with(draft -> draft.defaultOutputTokens = tokens);
    }

    /** The same for calls of one tenant of the pool: its budget is charged, and what is reserved for it may be used. */
    public CallOptions withTenant(String id) {
        return with(draft -> draft.tenant = Optional.of(id));
    }

    /** The same for calls that are as important as this, unless the tag of a request says otherwise. */
    public CallOptions withPriority(Priority other) {
        return with(draft -> draft.priority = other);
    }

    public CallOptions withDuplicateGeneration(boolean allowed) {
        return with(draft -> draft.allowDuplicateGeneration = allowed);
    }

    public CallOptions withClock(Clock other) {
        return with(draft -> draft.clock = other);
    }

    /**
     * The same with a file of rules, as {@code docs/providers.md} describes it. The file is read now and not again.
     * With {@code "extends": "openai"} its rules are tried before the built-in ones of OpenAI; with no such field they
     * are all there is.
     *
     * @throws io.keycoord.sdk.provider.RulesException if the file cannot be read or anything in it is not as expected; it
     *     names the place
     */
    public CallOptions withRules(Path file) {
        Dialect read = Dialect.read(file);
        return with(draft -> draft.rules = Optional.of(read));
    }

    /** The same, counting into {@code counter} the answers that no rule recognises. */
    public CallOptions withUnmatched(UnmatchedAnswers counter) {
        return with(draft -> draft.unmatched = counter);
    }

    /** How a pool's provider is spoken to with these options. */
    public Dialect dialect(String provider) {
        return rules.map(own -> own.named(provider)).orElseGet(() -> Dialect.of(provider));
    }
}
