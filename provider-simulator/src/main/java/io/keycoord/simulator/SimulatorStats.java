package io.keycoord.simulator;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Everything counted since the start, at one instant. Only calls of {@code chat/completions} count, unless said
 * otherwise. {@code GET /__stats} gives the same as JSON, field by field.
 *
 * @param startedMs when the simulator started, milliseconds since the epoch
 * @param nowMs when this was taken
 * @param total all calls
 * @param accounts by account id
 * @param keys by key id
 * @param unknown calls that carried no known key
 * @param keyQueries answers to {@code GET /key}
 * @param modelQueries answers to {@code GET /models}
 * @param connections open now
 * @param connectionsRefused reset because too many were open
 * @param arrivalsRecorded remembered
 * @param arrivalsLost not remembered, because there were too many
 */
public record SimulatorStats(
        long startedMs,
        long nowMs,
        Counts total,
        Map<String, Counts> accounts,
        Map<String, Counts> keys,
        Counts unknown,
        long keyQueries,
        long modelQueries,
        int connections,
        long connectionsRefused,
        int arrivalsRecorded,
        long arrivalsLost) {

    /** Copies the maps, sorted by name. */
    public SimulatorStats {
        accounts = sorted(accounts);
        keys = sorted(keys);
    }

    /**
     * The counts of a key.
     *
     * @throws IllegalArgumentException if there is no such key
     */
    public Counts key(String id) {
        return counts("key", id, keys);
    }

    /**
     * The counts of an account.
     *
     * @throws IllegalArgumentException if there is no such account
     */
    public Counts account(String id) {
        return counts("account", id, accounts);
    }

    /**
     * Counts of a key, an account, or all. A call that is over is in exactly one of: {@code answered} by its status,
     * {@code unanswered}, {@code aborted}.
     *
     * @param requests arrived
     * @param admitted let through by the limits
     * @param completed admitted and answered whole
     * @param aborted admitted, and the caller went away before the end
     * @param unanswered admitted, and left without an answer by a fault (silence, reset)
     * @param tokensAsked prompt and {@code max_tokens} of what arrived
     * @param tokensAdmitted prompt and {@code max_tokens} of what was admitted
     * @param tokensUsed prompt and completion of admitted calls that are over
     * @param inFlight admitted and not over
     * @param maxInFlight the most at once
     * @param refused by the limits, by cause: {@code requests, tokens, concurrency, tooLarge}
     * @param answered by status, as text
     * @param faults fired, by kind
     */
    public record Counts(
            long requests,
            long admitted,
            long completed,
            long aborted,
            long unanswered,
            long tokensAsked,
            long tokensAdmitted,
            long tokensUsed,
            int inFlight,
            int maxInFlight,
            Map<String, Long> refused,
            Map<String, Answers> answered,
            Map<String, Long> faults) {

        /** Copies the maps, sorted by name. */
        public Counts {
            refused = sorted(refused);
            answered = sorted(answered);
            faults = sorted(faults);
        }

        /** How many answers had this status. */
        public long answered(int status) {
            return answers(status).map(Answers::count).orElse(0L);
        }

        /** The answers with this status; empty if there were none. */
        public Optional<Answers> answers(int status) {
            return Optional.ofNullable(answered.get(Integer.toString(status)));
        }

        /** How many calls the limits refused, for whatever cause. */
        public long refusedInAll() {
            return refused.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * Answers with one status.
     *
     * @param count how many
     * @param firstMs when the first one was given, milliseconds since the epoch
     * @param lastMs when the last one was given
     */
    public record Answers(long count, long firstMs, long lastMs) {}

    private static Counts counts(String what, String id, Map<String, Counts> all) {
        Counts counts = all.get(id);
        if (counts == null) {
            throw new IllegalArgumentException(what + " is '" + id + "', expected one of " + all.keySet());
        }
        return counts;
    }

    private static <V> Map<String, V> sorted(Map<String, V> map) {
        return Collections.unmodifiableMap(new TreeMap<>(map));
    }
}
