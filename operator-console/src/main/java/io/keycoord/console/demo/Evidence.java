package io.keycoord.console.demo;

import io.keycoord.simulator.SimulatorStats;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What was seen in a run.
 *
 * @param startMs when demand began, milliseconds since the epoch
 * @param badFromMs when the bad key's credential was revoked
 * @param failingFromMs when the failing key began to fail
 * @param clockAheadMs how far the Redis server's clock is ahead of this one
 * @param entries the recorded demand
 * @param provider what the provider counted
 * @param changes of keys
 * @param leases how the leases ended
 * @param commands of Redis
 * @param secretsIn the Redis keys that a secret was found in
 * @param brokenWorkers workers that did not end in order though nobody killed them
 */
record Evidence(
        long startMs,
        long badFromMs,
        long failingFromMs,
        long clockAheadMs,
        List<DemandLog.Entry> entries,
        SimulatorStats provider,
        List<Store.Change> changes,
        Leases leases,
        Commands commands,
        Set<String> secretsIn,
        List<String> brokenWorkers) {

    /**
     * Leases.
     *
     * @param ofVictim how many the killed worker held
     * @param victimsBackMs when the last of them was back, since the kill; empty if that was not seen
     * @param leaked leases out, or slots counted in flight, one lease time and a second after everything had ended
     */
    record Leases(int ofVictim, OptionalLong victimsBackMs, long leaked) {}

    /**
     * Commands.
     *
     * @param scripts runs of scripts in all
     * @param ofDemo of which the live view made
     * @param grants acquires that granted a lease
     * @param settlements that ended one
     */
    record Commands(long scripts, long ofDemo, long grants, long settlements) {}

    Evidence {
        entries = List.copyOf(entries);
        changes = List.copyOf(changes);
        secretsIn = Set.copyOf(secretsIn);
        brokenWorkers = List.copyOf(brokenWorkers);
    }
}
