package io.keycoord.redis;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A lease as Redis keeps it, readable in redis-cli: {@code lua/lib/lease.lua} has the form.
 *
 * @param text the whole record, which settlement echoes
 * @param key the id of the key
 * @param account the id of the account
 * @param worker who holds it
 * @param tokens what was reserved, in all
 * @param inputTokens of which for the prompt
 * @param microUsd money that was reserved, in millionths of a US dollar
 * @param sinceMs when it was granted, in milliseconds of the server's clock
 * @param probe whether it is the one call that decides if a key is healthy again
 * @param owners all that it was charged to, by their ids: unit, key and budgets
 */
record LeaseRecord(
        String text,
        String key,
        String account,
        String worker,
        long tokens,
        long inputTokens,
        long microUsd,
        long sinceMs,
        boolean probe,
        List<String> owners) {

    private static final Pattern PROBE = Pattern.compile(" probe=1");

    private static final Pattern FORM = Pattern.compile(
            "key=(\\S+) worker=(\\S+) tokens=(\\d+) input=(\\d+) money=(\\d+) since=(\\d+)"
                    + " unit=((?:key|account):([^\\s/]+)\\S*) group=\\d+ start=\\d+ gen=\\d+ probe=([01]) budgets=(\\S*) v=[\\d,;]*(?: pace=[1-8,]+)?");

    static LeaseRecord parse(String text) {
        Matcher record = FORM.matcher(text);
        if (!record.matches()) {
            throw new IllegalStateException("a lease's record is not of the form this version knows");
        }
        return new LeaseRecord(
                text,
                record.group(1),
                record.group(8),
                record.group(2),
                Long.parseLong(record.group(3)),
                Long.parseLong(record.group(4)),
                Long.parseLong(record.group(5)),
                Long.parseLong(record.group(6)),
                record.group(9).equals("1"),
                owners(record.group(7), "key:" + record.group(1), record.group(10)));
    }

    /** As {@code lua/hold.lua} wants it: nothing is given back by it, and it decides no breaker. */
    String unstamped() {
        return PROBE.matcher(text.substring(0, text.indexOf(" v="))).replaceFirst(" probe=0") + " v=";
    }

    private static List<String> owners(String unit, String key, String budgets) {
        Stream<String> more = budgets.isEmpty() ? Stream.of() : Stream.of(budgets.split(",", -1));
        return Stream.concat(Stream.of(unit, key), more).distinct().toList();
    }
}
