package io.keycoord.simulator;

import java.util.Collections;
import java.util.Map;
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
            Answers answers = answered.get(Integer.toString(status));
            return answers == null ? 0 : answers.count();
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

    private static <V> Map<String, V> sorted(Map<String, V> map) {
        return Collections.unmodifiableMap(new TreeMap<>(map));
    }
}
