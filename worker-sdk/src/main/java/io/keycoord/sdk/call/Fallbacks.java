package io.keycoord.sdk.call;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * Where a call goes on when its own model, or its own pool, cannot serve it. Immutable.
 *
 * @param models by the model that was asked for, the others that do instead of it, in order
 * @param pools other pools, in order
 */
public record Fallbacks(Map<String, List<String>> models, List<LastResort> pools) {
    static final Fallbacks NONE = new Fallbacks(Map.of(), List.of());

    /**
     * Another pool, with another base URL and the same kind of requests.
     *
     * @param pool its id
     * @param model what a model of the own pool is called there, null for one that is not
     */
    public record LastResort(String pool, UnaryOperator<String> model) {
        public LastResort {
            if (pool.isEmpty()) {
                throw new IllegalArgumentException("the pool of a last resort is empty, expected the id of a pool");
            }
            Objects.requireNonNull(model, "model");
        }

        @Override
        public String toString() {
            return pool;
        }
    }

    public Fallbacks {
        Map<String, List<String>> copy = new HashMap<>();
        models.forEach((model, others) -> copy.put(model, checked(model, others)));
        models = Map.copyOf(copy);
        pools = List.copyOf(pools);
        if (pools.stream().map(LastResort::pool).distinct().count() < pools.size()) {
            throw new IllegalArgumentException("last resorts are " + pools + ", expected each pool once");
        }
    }

    private static List<String> checked(String model, List<String> others) {
        if (others.contains(model)
                || others.contains("")
                || others.stream().distinct().count() < others.size()) {
            throw new IllegalArgumentException(
                    "fallbackModels of " + model + " are " + others + ", expected each other model once");
        }
        return List.copyOf(others);
    }

    Fallbacks withModels(String model, List<String> others) {
        Map<String, List<String>> more = new HashMap<>(models);
        more.put(model, others);
        return new Fallbacks(more, pools);
    }

    Fallbacks withPool(LastResort pool) {
        List<LastResort> more = new ArrayList<>(pools);
        more.add(pool);
        return new Fallbacks(models, more);
    }
}
