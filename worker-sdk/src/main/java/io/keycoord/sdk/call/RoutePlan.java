package io.keycoord.sdk.call;

import io.keycoord.Acquisition.Reason;
import io.keycoord.CoordinatorException;
import io.keycoord.KeyUnavailableException;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome.Kind;
import io.keycoord.Outcome.Scope;
import io.keycoord.sdk.CallFacts;
import io.keycoord.sdk.Classification;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The ways of one call, in order: its own pool with its own model, that pool with the other models of its list, other
 * pools. A way is taken once, and none again after it was left. For one thread.
 */
public final class RoutePlan {
    private final List<Route> routes;
    private final boolean replayable;
    private int at;

    private RoutePlan(List<Route> routes, boolean replayable) {
        this.routes = List.copyOf(routes);
        this.replayable = replayable;
    }

    /**
     * Begins with the call's own pool and model.
     *
     * @param told what the request says
     * @param rewritable whether another model can be written into its body; ways that need it are left out otherwise. Asked
     *     only if there may be such ways
     * @param replayable whether the request can be sent a second time
     * @throws IllegalArgumentException if a last resort calls the model by a name that no lease can have
     */
    public static RoutePlan of(PoolCalls own, CallFacts told, BooleanSupplier rewritable, boolean replayable) {
        List<Route> routes = new ArrayList<>();
        routes.add(new Route(own, Optional.empty()));
        Fallbacks fallbacks = own.options().fallbacks();
        List<String> others = told.model()
                .map(model -> fallbacks.models().getOrDefault(model, List.of()))
                .orElse(List.of());
        if (others.isEmpty() && fallbacks.pools().isEmpty()) {
            return new RoutePlan(routes, replayable);
        }
        boolean may = rewritable.getAsBoolean();
        others.stream().filter(other -> may).forEach(other -> routes.add(new Route(own, Optional.of(other))));
        for (int i = 0; i < fallbacks.pools().size(); i++) {
            PoolCalls there = own.lastResorts().get(i);
            Optional<String> other = told.model().map(fallbacks.pools().get(i).model());
            if (other.equals(told.model())) {
                routes.add(new Route(there, Optional.empty()));
            } else if (other.isPresent() && may) {
                routes.add(new Route(there, Optional.of(leasable(there, other.get()))));
            }
        }
        return new RoutePlan(routes, replayable);
    }

    /** Refused before the call has begun, and not when it is on its way. */
    private static String leasable(PoolCalls there, String model) {
        String id = there.pool().id();
        try {
            return LeaseRequest.of(id).withModel(model).model();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "model for pool " + id + " is \"" + model
                            + "\", expected 1 to 128 printable ASCII characters without blanks",
                    e);
        }
    }

    /** The way that the call is on. */
    public Route route() {
        return routes.get(at);
    }

    /** Whether another model does at once when this one rests, so that it is not to be waited for. */
    public boolean hasOtherModel() {
        return at + 1 < routes.size() && routes.get(at + 1).isOfSamePool(route());
    }

    /** Whether another pool comes afterwards, to which some of the call's time is to be left. */
    public boolean hasOtherPool() {
        return nextPool() < routes.size();
    }

    /** Whether this is a failure of the model, for which another one does at once. */
    public boolean leavesAtOnce(Classification trouble) {
        return hasOtherModel() && trouble.outcome().block().scope() == Scope.ENDPOINT;
    }

    /** Goes on after no key could be leased on this way; empty if there is no way left. */
    public Optional<Route> afterDenial(CoordinatorException denial) {
        if (!(denial instanceof KeyUnavailableException none) || none.reason() == Reason.CLOSED) {
            return Optional.empty();
        }
        return go(none.reason() == Reason.ENDPOINT ? at + 1 : nextPool(), none.reason());
    }

    /** Goes on after a try that failed for good on this way; empty if the caller gets the answer as it is. */
    public Optional<Route> after(Classification trouble) {
        Kind kind = trouble.outcome().kind();
        boolean rests = trouble.outcome().block().scope() == Scope.ENDPOINT;
        int next = rests || kind == Kind.PROVIDER_FAILED ? at + 1 : nextPool();
        if (next >= routes.size() || !replayable || kind == Kind.CALLER_FAULT || kind == Kind.ABORTED) {
            return Optional.empty();
        }
        if (trouble.isFinal() && !rests) {
            return Optional.empty();
        }
        if (trouble.ambiguous() && !route().calls().policy().allowDuplicates()) {
            return Optional.empty();
        }
        return route().calls().policy().admits(trouble) ? go(next, trouble.fault()) : Optional.empty();
    }

    private int nextPool() {
        int next = at + 1;
        while (next < routes.size() && routes.get(next).isOfSamePool(route())) {
            next++;
        }
        return next;
    }

    private Optional<Route> go(int next, Object why) {
        if (next >= routes.size()) {
            return Optional.empty();
        }
        Route left = route();
        at = next;
        CallCounts counts = left.calls().options().counts();
        if (route().isOfSamePool(left)) {
            counts.countFallbackModel();
        } else {
            counts.countLastResort();
        }
        left.calls().log().noteDetour(left.toString(), route().toString(), why);
        return Optional.of(route());
    }
}
