package io.keycoord.redis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** What the keys of some units could do for a request, as the script {@code explain} tells it. */
record Explanation(List<Row> rows) {
    private static final int UNITS_PER_CALL = 200;

    /** One key of one unit. */
    record Row(String unit, String group, Candidate candidate) {
        static Row of(List<?> words) {
            String unit = String.valueOf(words.get(0));
            return new Row(
                    unit,
                    String.valueOf(words.get(1)),
                    Candidate.of(
                            unit,
                            String.valueOf(words.get(2)),
                            String.valueOf(words.get(3)),
                            Long.parseLong(String.valueOf(words.get(4))),
                            String.valueOf(words.get(5))));
        }
    }

    /** Asks for all units of these ids; ids of keys that are no units tell nothing. Empty if the pool is unknown. */
    static Optional<Explanation> ask(ScriptRunner scripts, String meta, long tokens, Collection<String> units) {
        List<Row> rows = new ArrayList<>();
        List<String> ids = List.copyOf(units);
        for (int i = 0; i < ids.size(); i += UNITS_PER_CALL) {
            List<String> args = new ArrayList<>(List.of("", Long.toString(tokens)));
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

    /** The candidates of some rows, the earliest first. */
    List<Candidate> candidates(Predicate<Row> wanted) {
        return rows.stream()
                .filter(wanted)
                .map(Row::candidate)
                .sorted(Candidate.EARLIEST_FIRST)
                .toList();
    }
}
