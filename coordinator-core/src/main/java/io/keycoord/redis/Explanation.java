package io.keycoord.redis;

import io.keycoord.Priority;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What the keys of some units could do for a request, as the script {@code explain} tells it. */
record Explanation(List<Row> rows) {
    private static final int UNITS_PER_CALL = 200;

    /** What a request calls and takes: tokens, and money in millionths of a US dollar. */
    record Ask(String model, long inputTokens, long outputTokens, long microUsd, Priority priority) {}

    /** One key of one unit, one budget, or what holds for the pool or the model as a whole. */
    record Row(String unit, String group, Set<String> tenants, Candidate candidate) {
        boolean isKey() {
            return !candidate.key().isEmpty();
        }

        boolean isOfTenant() {
            return unit.startsWith("tenant:");
        }

        /** Whether requests of a tenant may use the key; of nobody in particular, if it is empty. */
        boolean isFor(String tenant) {
            return tenants.isEmpty() || tenants.contains(tenant);
        }

        static Row of(List<?> words) {
            String unit = String.valueOf(words.get(0));
            return new Row(
                    unit,
                    String.valueOf(words.get(1)),
                    ids(String.valueOf(words.get(6))),
                    Candidate.of(
                            unit,
                            String.valueOf(words.get(2)),
                            String.valueOf(words.get(3)),
                            Long.parseLong(String.valueOf(words.get(4))),
                            String.valueOf(words.get(5))));
        }

        private static Set<String> ids(String words) {
            return words.isEmpty() ? Set.of() : Set.of(words.split(",", -1));
        }
    }

    /** Asks for all units and budgets of these ids; others tell nothing. Empty if the pool is unknown. */
    static Optional<Explanation> ask(ScriptRunner scripts, String meta, Ask ask, Collection<String> all) {
        List<Row> rows = new ArrayList<>();
        List<String> ids = Stream.concat(Stream.of("switch", "endpoint:" + ask.model), all.stream())
                .filter(id -> !id.isEmpty())
                .toList();
        for (int i = 0; i < ids.size(); i += UNITS_PER_CALL) {
            List<String> args = new ArrayList<>(List.of(
                    "",
                    Long.toString(ask.inputTokens),
                    Long.toString(ask.outputTokens),
                    Long.toString(ask.microUsd),
                    Script.word(ask.priority)));
            args.addAll(ids.subList(i, Math.min(i + UNITS_PER_CALL, ids.size())));
            Reply reply = scripts.run(Script.EXPLAIN, meta, args);
            switch (reply.status()) {
                case "EXPLAINED" ->
                    reply.fields().subList(2, reply.size()).forEach(row -> rows.add(Row.of((List<?>) row)));
                case "NO_POOL" -> {
                    return Optional.empty();
                }
                default -> throw reply.unexpected();
            }
        }
        return Optional.of(new Explanation(rows));
    }

    /** Without the budgets of other tenants; keys of others are never to be had. */
    Explanation forTenant(String tenant) {
        return new Explanation(rows.stream()
                .filter(row -> !row.isOfTenant()
                        || row.candidate.account().split("/", -1)[0].equals("tenant:" + tenant))
                .map(row -> row.isFor(tenant)
                        ? row
                        : new Row(row.unit, row.group, row.tenants, row.candidate.never("reserved")))
                .toList());
    }

    /** The candidates of some rows, the earliest first. */
    List<Candidate> candidates(Predicate<Row> wanted) {
        return rows.stream()
                .filter(wanted)
                .map(Row::candidate)
                .sorted(Candidate.EARLIEST_FIRST)
                .toList();
    }
}
