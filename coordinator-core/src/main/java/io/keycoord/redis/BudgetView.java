package io.keycoord.redis;

import java.util.List;

/**
 * A budget as of one instant: of a tenant, of an account with several classes of models, or of a whole pool.
 *
 * @param id {@code tenant:<id>}, {@code tenant:<id>/<n>} or {@code tenant:<id>/overall}, {@code account:<id>/overall}, or
 *     {@code pool}
 * @param models the pattern of the models that it is for
 * @param inFlight calls under way
 * @param slots calls allowed at the same time; 0 for no limit
 * @param limits what is left of it
 */
public record BudgetView(String id, String models, long inFlight, long slots, List<LimitView> limits) {

    public BudgetView {
        limits = List.copyOf(limits);
    }
}
