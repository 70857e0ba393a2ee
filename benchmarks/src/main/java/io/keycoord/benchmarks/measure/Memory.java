package io.keycoord.benchmarks.measure;

import io.keycoord.Lease;
import io.keycoord.benchmarks.contender.KeycoordCycles;
import io.keycoord.benchmarks.contender.Load;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What a pool and its leases take of Redis' memory ({@code used_memory}). */
public final class Memory {
    private static final int PRIMING = 100;

    /**
     * The figures, in bytes.
     *
     * @param accounts of one key each
     * @param perKey a key with its account, its limits, its breaker and its places in the indexes
     * @param leases how many were out
     * @param perLease a lease that is out
     * @param perSettledLease what is left of it when it is settled, to know a repeat by
     */
    public record Result(int accounts, double perKey, int leases, double perLease, double perSettledLease) {}

    private Memory() {}

    /** Measures; the server is empty afterwards. */
    public static Result measure(Server server, int accounts, int leases, Consumer<String> progress) {
        try {
            prime(server);
            progress.accept(accounts + " accounts, " + leases + " leases");
            long empty = server.usedMemory();
            try (KeycoordCycles keys = KeycoordCycles.of("memory", server.uri(), new Load(accounts, 1))) {
                long idle = server.usedMemory();
                List<Lease> held = new ArrayList<>();
                for (int i = 0; i < leases; i++) {
                    held.add(keys.acquire());
                }
                long busy = server.usedMemory();
                held.forEach(keys::settle);
                long settled = server.usedMemory();
                return new Result(
                        accounts,
                        (double) (idle - empty) / accounts,
                        leases,
                        (double) (busy - idle) / leases,
                        (double) (settled - idle) / leases);
            }
        } finally {
            server.clear();
        }
    }

    /** So that Redis knows the scripts and has its buffers. */
    private static void prime(Server server) {
        try (KeycoordCycles keys = KeycoordCycles.of("prime", server.uri(), new Load(1, 1))) {
            for (int i = 0; i < PRIMING; i++) {
                keys.settle(keys.acquire());
            }
        }
    }
}
