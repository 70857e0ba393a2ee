package io.keycoord.console.bench;

import java.util.List;

/**
 * What one pool size has cost.
 *
 * @param accounts how many accounts the pool had
 * @param acquireMicros server time of an acquire: the least of many short measurements, for other work on the machine
 *     only adds to it
 * @param settleMicros server time of a settle, likewise
 * @param floorMicros server time of {@code EVALSHA return 1}, likewise
 * @param throughputs of each number of threads
 * @param bytesPerKey memory of the pool, by key
 * @param bytesPerLease memory of a lease that is out
 * @param commandsPerAcquire commands that Redis saw for an acquire
 * @param commandsPerSettle commands that Redis saw for a settle
 */
record BenchResult(
        int accounts,
        double acquireMicros,
        double settleMicros,
        double floorMicros,
        List<Throughput> throughputs,
        long bytesPerKey,
        long bytesPerLease,
        double commandsPerAcquire,
        double commandsPerSettle) {}
