package io.keycoord.sdk;

import io.keycoord.Usage;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts by how much the tokens of calls differ from what is reserved for such calls: by pool, and by model within it. What
 * is too low makes a provider refuse, what is too high leaves a part of its limits unused until the call ends. One object
 * may serve several clients. Knows 1,000 models at most; others count for their pool only. Safe for use by many threads.
 */
public final class EstimateErrors {
    private static final int MOST_MODELS = 1_000;

    /**
     * Whose calls.
     *
     * @param pool their pool's id
     * @param model the model as requests name it; empty for all calls of the pool, also those that name none
     */
    public record Place(String pool, Optional<String> model) {}

    /**
     * How it was, for prompts and for answers.
     *
     * @param input of calls whose prompt was estimated
     * @param output of calls for whose answer something was reserved
     */
    public record Errors(Spread input, Spread output) {}

    private static final class Counts {
        final SpreadCounter input = new SpreadCounter();
        final SpreadCounter output = new SpreadCounter();

        void note(CallFacts reserved, Usage used) {
            input.note(reserved.inputTokens(), used.inputTokens());
            output.note(reserved.outputTokens(), used.outputTokens());
        }

        Errors read() {
            return new Errors(input.read(), output.read());
        }
    }

    private final Map<Place, Counts> places = new ConcurrentHashMap<>();

    /** What was seen so far, by pool and then by model, each pool before its models. A copy. */
    public Map<Place, Errors> all() {
        Comparator<Place> order = Comparator.comparing(Place::pool)
                .thenComparing(place -> place.model().orElse(""));
        Map<Place, Errors> copy = new TreeMap<>(order);
        places.forEach((place, counts) -> copy.put(place, counts.read()));
        return copy;
    }

    /** What was seen of all calls of a pool so far. */
    public Errors of(String pool) {
        return of(new Place(pool, Optional.empty()));
    }

    /** What was seen of the calls of a model of a pool so far. */
    public Errors of(String pool, String model) {
        return of(new Place(pool, Optional.of(model)));
    }

    private Errors of(Place place) {
        return places.getOrDefault(place, new Counts()).read();
    }

    /** {@code reserved} is what would be reserved for such a call, {@code used} what it has used. */
    public void note(String pool, CallFacts reserved, Usage used) {
        places.computeIfAbsent(new Place(pool, Optional.empty()), any -> new Counts())
                .note(reserved, used);
        reserved.model().map(model -> new Place(pool, Optional.of(model))).ifPresent(place -> {
            Counts known = places.size() < MOST_MODELS
                    ? places.computeIfAbsent(place, any -> new Counts())
                    : places.get(place);
            if (known != null) {
                known.note(reserved, used);
            }
        });
    }
}
