package io.keycoord.console.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;

/**
 * What a worker is told first, as one line on its standard input, where no list of processes shows it.
 *
 * @param worker its number, from 0
 * @param workers how many there are
 * @param workerId what its leases are signed with
 * @param config the configuration file
 * @param redis the URL, which may hold a password
 * @param namespace of the Redis keys
 * @param callers calls it makes or waits with at the same time
 * @param tokensPerSecond what all accounts together admit
 * @param windowMs of their limits
 * @param seed of the demand
 */
record WorkerOrder(
        int worker,
        int workers,
        String workerId,
        String config,
        String redis,
        String namespace,
        int callers,
        double tokensPerSecond,
        long windowMs,
        long seed) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What starts the demand, followed by the instant as milliseconds since the epoch. */
    static final String GO = "go ";
    /** What ends it; calls under way are finished. */
    static final String STOP = "stop";

    String line() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of plain values cannot be written", e);
        }
    }

    static WorkerOrder parse(String line) {
        try {
            return JSON.readValue(line, WorkerOrder.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the first line is no order for a worker", e);
        }
    }

    DemandStream demand() {
        return new DemandStream(seed, worker, workers, tokensPerSecond, Duration.ofMillis(windowMs));
    }
}
