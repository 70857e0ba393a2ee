package io.keycoord.simulator;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the simulated provider limits: one set of limits, shared by its keys.
 *
 * @param id its name in statistics and faults
 * @param keys at least one
 * @param requests empty for no limit
 * @param tokens input and output together; empty for no limit
 * @param concurrency calls at the same time, 1 to 1,000,000; empty for no limit
 * @param tokensCounted when tokens are charged
 * @param refusedCalls what a refused call costs
 * @param credits what was paid in, in US dollars, which {@code GET /credits} tells; empty for an answer of 403
 * @param managementKey the secret that may list, make, change and remove keys; empty for none
 */
public record SimulatedAccount(
        String id,
        List<SimulatedKey> keys,
        Optional<Rate> requests,
        Optional<Rate> tokens,
        OptionalInt concurrency,
        TokensCounted tokensCounted,
        RefusedCalls refusedCalls,
        Optional<BigDecimal> credits,
        Optional<String> managementKey) {

    /** Refuses an account without a key, or with a concurrency out of range. */
    public SimulatedAccount {
        Check.id("account id", id);
        keys = List.copyOf(keys);
        Check.that(!keys.isEmpty(), () -> "keys of account " + id + " is empty, expected at least one key");
        concurrency.ifPresent(limit -> Check.range("concurrency", limit, 1, 1_000_000));
    }

    /** Without the management key. */
    @Override
    public String toString() {
        return "SimulatedAccount[id=" + id + ", keys=" + keys + "]";
    }

    /** An account without limits, to be given some. */
    public static Builder builder(String id) {
        return new Builder(id);
    }

    /** Builds an account. Not safe for use by many threads. */
    public static final class Builder {

        private final String id;
        private final List<SimulatedKey> keys = new ArrayList<>();
        private Optional<Rate> requests = Optional.empty();
        private Optional<Rate> tokens = Optional.empty();
        private OptionalInt concurrency = OptionalInt.empty();
        private TokensCounted tokensCounted = TokensCounted.ADMISSION;
        private RefusedCalls refusedCalls = RefusedCalls.FREE;
        private Optional<BigDecimal> credits = Optional.empty();
        private Optional<String> managementKey = Optional.empty();

        private Builder(String id) {
            this.id = id;
        }

        /** Adds a key. */
        public Builder key(String keyId, String secret) {
            keys.add(new SimulatedKey(keyId, secret));
            return this;
        }

        /** Limits requests; default no limit. */
        public Builder requests(Rate limit) {
            requests = Optional.of(limit);
            return this;
        }

        /** Limits tokens, input and output together; default no limit. */
        public Builder tokens(Rate limit) {
            tokens = Optional.of(limit);
            return this;
        }

        /** Limits calls at the same time, 1 to 1,000,000; default no limit. */
        public Builder concurrency(int limit) {
            concurrency = OptionalInt.of(limit);
            return this;
        }

        /** When tokens are charged; default at admission. */
        public Builder tokensCounted(TokensCounted when) {
            tokensCounted = when;
            return this;
        }

        /** What a refused call costs; default nothing. */
        public Builder refusedCalls(RefusedCalls cost) {
            refusedCalls = cost;
            return this;
        }

        /** What was paid in, in US dollars; default an account that does not tell. */
        public Builder credits(double dollars) {
            credits = Optional.of(BigDecimal.valueOf(dollars));
            return this;
        }

        /** A secret that manages the keys of the account; default none. */
        public Builder managementKey(String secret) {
            managementKey = Optional.of(secret);
            return this;
        }

        /**
         * The account.
         *
         * @throws IllegalArgumentException if it has no key or a value is out of range
         */
        public SimulatedAccount build() {
            return new SimulatedAccount(
                    id, keys, requests, tokens, concurrency, tokensCounted, refusedCalls, credits, managementKey);
        }
    }
}
