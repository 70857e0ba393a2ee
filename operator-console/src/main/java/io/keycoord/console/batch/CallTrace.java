package io.keycoord.console.batch;

import io.keycoord.Outcome;
import io.keycoord.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What became of the leases that one call took, its repeats by the SDK included. Safe for use by many threads. */
final class CallTrace {
    // guarded by this
    private final List<String> keys = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();

    synchronized void onSecretRead(String keyId) {
        keys.add(keyId);
    }

    synchronized void onSettled(Outcome outcome) {
        outcomes.add(outcome);
    }

    /** The keys that calls were made with, in their order. */
    synchronized List<String> keys() {
        return List.copyOf(keys);
    }

    /** How the last attempt ended; empty if no lease was settled. */
    synchronized Optional<Outcome> last() {
        return outcomes.isEmpty() ? Optional.empty() : Optional.of(outcomes.get(outcomes.size() - 1));
    }

    synchronized Map<String, Integer> kinds() {
        Map<String, Integer> kinds = new TreeMap<>();
        outcomes.forEach(outcome -> kinds.merge(outcome.kind().name(), 1, Integer::sum));
        return kinds;
    }

    synchronized long inputTokens() {
        return outcomes.stream()
                .mapToLong(outcome -> outcome.usage().map(Usage::inputTokens).orElse(0L))
                .sum();
    }

    synchronized long outputTokens() {
        return outcomes.stream()
                .mapToLong(outcome -> outcome.usage().map(Usage::outputTokens).orElse(0L))
                .sum();
    }
}
