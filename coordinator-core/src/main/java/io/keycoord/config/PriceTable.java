package io.keycoord.config;

import java.util.List;
import java.util.Optional;

/**
 * What calls cost, so that limits of money can be held.
 *
 * @param version its name, for people: it is shown in Redis and told apart when prices change
 * @param prices by model pattern, first match, 1 to 1,000
 */
public record PriceTable(String version, List<Price> prices) {
    private static final int MOST_PRICES = 1_000;
    private static final long MOST_MICRO_USD = 1_000_000_000;
    private static final long MILLION = 1_000_000;

    /**
     * The price of some models, in millionths of a US dollar.
     *
     * @param models a pattern with {@code *} for any run of characters
     * @param inputPerMillion for a million tokens of a prompt, 0 to 1,000,000,000
     * @param outputPerMillion for a million tokens of an answer, 0 to 1,000,000,000
     * @param perRequest for each call besides, 0 to 1,000,000,000
     */
    public record Price(String models, long inputPerMillion, long outputPerMillion, long perRequest) {
        static final Ranges.Whole MICRO_USD = new Ranges.Whole(0, MOST_MICRO_USD);

        /**
         * Checks the components.
         *
         * @throws IllegalArgumentException if one is out of its range
         */
        public Price {
            if (!Patterns.isPattern(models)) {
                throw new IllegalArgumentException(
                        "models is " + Shown.text(models) + ", expected " + Patterns.EXPECTED);
            }
            MICRO_USD.require("inputPerMillion", inputPerMillion);
            MICRO_USD.require("outputPerMillion", outputPerMillion);
            MICRO_USD.require("perRequest", perRequest);
        }

        /** What a call costs, in millionths of a US dollar, rounded up. */
        public long cost(long inputTokens, long outputTokens) {
            long millionths = Math.addExact(
                    Math.multiplyExact(inputTokens, inputPerMillion),
                    Math.multiplyExact(outputTokens, outputPerMillion));
            return -Math.floorDiv(-millionths, MILLION) + perRequest;
        }
    }

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if the version is no id, or there are no prices or too many
     */
    public PriceTable {
        Ids.require("version", version);
        prices = List.copyOf(prices);
        Counts.require("prices", prices.size(), 1, MOST_PRICES);
    }

    /** The price of a model; empty if the table does not name it. */
    public Optional<Price> of(String model) {
        return prices.stream()
                .filter(price -> Patterns.matches(price.models(), model))
                .findFirst();
    }
}
