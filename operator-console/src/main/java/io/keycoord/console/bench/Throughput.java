package io.keycoord.console.bench;

/**
 * What some threads get done that acquire and settle in a loop, measured in turns.
 *
 * @param threads how many
 * @param floorPerSecond {@code EVALSHA return 1} by as many threads
 * @param plain each call by itself
 * @param combined calls that meet are sent together
 */
record Throughput(int threads, double floorPerSecond, Way plain, Way combined) {

    /**
     * One way of calling.
     *
     * @param cyclesPerSecond acquires with their settles, by all threads together
     * @param commandsPerCycle that Redis saw
     * @param serverMicrosPerCycle that Redis spent on them
     */
    record Way(double cyclesPerSecond, double commandsPerCycle, double serverMicrosPerCycle) {}
}
