package io.keycoord.redis;

import io.keycoord.config.PriceTable.Price;
import java.util.Optional;
import java.util.Set;

/**
 * Where requests for one model and tenant may go.
 *
 * @param groups numbers of the groups whose units can serve it, joined by commas; empty for none
 * @param budgets ids of what it is charged to besides, joined by commas
 * @param keysOfOthers keys that are reserved for other tenants
 * @param price what it costs, if that is known
 * @param priceless whether that had to be known, for money is limited
 */
record Route(String groups, String budgets, Set<String> keysOfOthers, Optional<Price> price, boolean priceless) {
    static final Route NOWHERE = new Route("", "", Set.of(), Optional.empty(), false);

    /** The most that a request or a call may cost, in millionths of a US dollar; more is counted as this. */
    static final long MOST_MONEY = 1_000_000_000_000L;

    boolean leadsNowhere() {
        return groups.isEmpty();
    }

    /** What so many tokens cost, in millionths of a US dollar; 0 if there is no price. */
    long cost(long inputTokens, long outputTokens) {
        return price.map(known -> Math.min(MOST_MONEY, known.cost(inputTokens, outputTokens)))
                .orElse(0L);
    }
}
