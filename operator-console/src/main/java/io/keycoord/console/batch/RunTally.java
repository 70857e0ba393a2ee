package io.keycoord.console.batch;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** What a run has done so far. Not safe for use by several threads. */
final class RunTally {
    private static final long IN_USE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final long began;
    private final Map<String, Long> keySeen = new HashMap<>();
    private final Map<String, Integer> callsByKey = new TreeMap<>();
    private final Map<String, Integer> outcomes = new TreeMap<>();
    private int answered;
    private int failed;
    private int retries;
    private int deaths;
    private long inputTokens;
    private long outputTokens;

    RunTally(long nowNanos) {
        began = nowNanos;
    }

    void onAnswer(Frame.Answer answer, long nowNanos) {
        for (String key : answer.keys()) {
            callsByKey.merge(key, 1, Integer::sum);
            keySeen.put(key, nowNanos);
        }
        answer.outcomes().forEach((kind, count) -> outcomes.merge(kind, count, Integer::sum));
        inputTokens += answer.inputTokens();
        outputTokens += answer.outputTokens();
    }

    void onWritten(boolean withError) {
        if (withError) {
            failed++;
        } else {
            answered++;
        }
    }

    void onRetry() {
        retries++;
    }

    void onDeath() {
        deaths++;
    }

    int answered() {
        return answered;
    }

    int failed() {
        return failed;
    }

    /** Lines that were asked once more, whatever the reason. */
    int retries() {
        return retries;
    }

    /** Workers that died and were not told to. */
    int deaths() {
        return deaths;
    }

    long inputTokens() {
        return inputTokens;
    }

    long outputTokens() {
        return outputTokens;
    }

    /** Calls by the id of the key, each attempt counted. */
    Map<String, Integer> callsByKey() {
        return callsByKey;
    }

    /** Attempts by the way they ended. */
    Map<String, Integer> outcomes() {
        return outcomes;
    }

    /** Keys that answered within the last ten seconds. */
    int keysInUse(long nowNanos) {
        return (int) keySeen.values().stream()
                .filter(seen -> nowNanos - seen < IN_USE_NANOS)
                .count();
    }

    Duration elapsed(long nowNanos) {
        return Duration.ofNanos(nowNanos - began);
    }
}
