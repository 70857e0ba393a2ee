package io.keycoord.redis;

import static io.keycoord.redis.PoolInspector.number;

import io.keycoord.Dimension;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Makes a {@link KeyView} of a key's hash and of the hashes of its account, one for each class of models. */
final class KeyViews {
    private static final List<String> DIMENSIONS =
            Arrays.stream(Dimension.values()).map(Dimension::stored).toList();

    private static final Comparator<Map<String, String>> BY_BLOCK =
            Comparator.comparingLong(fields -> number(fields, "blocked_until_ms"));

    private KeyViews() {}

    static KeyView of(
            String id, Map<String, String> key, List<Map<String, String>> units, Map<String, String> overall) {
        boolean implicit = key.containsKey("group");
        List<LimitView> limits = new ArrayList<>();
        units.forEach(unit -> add(limits, "account", unit.getOrDefault("models", "*"), unit));
        add(limits, "account overall", "*", overall);
        if (!implicit) {
            add(limits, "key", "*", key);
        }
        Map<String, String> block = block(key, units);
        return new KeyView(
                id,
                key.getOrDefault("account", ""),
                key.getOrDefault("state", ""),
                key.getOrDefault("why", ""),
                number(key, "since_ms"),
                number(key, "until_ms"),
                number(block, "blocked_until_ms"),
                block.getOrDefault("blocked_why", ""),
                number(key, "in_flight"),
                units.stream().mapToLong(unit -> number(unit, "in_flight")).sum(),
                LongStream.concat(
                                LongStream.of(number(key, "max_in_flight")),
                                units.stream().mapToLong(unit -> number(unit, "max_in_flight")))
                        .filter(slots -> slots > 0)
                        .min()
                        .orElse(0),
                number(key, "errors_in_window"),
                number(key, "calls_ok"),
                number(key, "calls_failed"),
                number(key, "latency_ms"),
                number(key, "degraded_until_ms"),
                units.stream()
                        .map(unit -> unit.getOrDefault("pace", ""))
                        .filter(pace -> !pace.isEmpty())
                        .collect(Collectors.joining(" ")),
                units.isEmpty() ? "" : units.get(0).getOrDefault("wait_for", ""),
                limits);
    }

    /** The owner of the block that lasts longest: the key, or the account if all of its classes are blocked. */
    private static Map<String, String> block(Map<String, String> key, List<Map<String, String>> units) {
        return Stream.concat(Stream.of(key), units.stream().min(BY_BLOCK).stream())
                .max(BY_BLOCK)
                .orElse(key);
    }

    private static void add(List<LimitView> limits, String owner, String models, Map<String, String> fields) {
        limits.addAll(limits(owner, models, fields));
    }

    /** What is left of the limits of one hash: those of requests first, the shortest period of each first. */
    static List<LimitView> limits(String owner, String models, Map<String, String> fields) {
        return fields.keySet().stream()
                .filter(field -> field.endsWith("_dimension"))
                .map(field -> field.substring(0, field.length() - "_dimension".length()))
                .map(name -> new LimitView(
                        name.startsWith("overall_") ? owner + " overall" : owner,
                        models,
                        fields.getOrDefault(name + "_dimension", ""),
                        number(fields, name + "_left"),
                        number(fields, name + "_limit"),
                        number(fields, name + "_period_us") / 1_000))
                .sorted(Comparator.comparingInt((LimitView view) -> DIMENSIONS.indexOf(view.dimension()))
                        .thenComparingLong(LimitView::periodMs)
                        .thenComparing(LimitView::owner))
                .toList();
    }
}
