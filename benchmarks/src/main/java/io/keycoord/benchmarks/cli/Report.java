package io.keycoord.benchmarks.cli;

import io.keycoord.benchmarks.measure.Memory;
import io.keycoord.benchmarks.measure.OpenLoop;
import io.keycoord.benchmarks.measure.ScriptTimes;
import io.keycoord.benchmarks.measure.Throughput;
import io.keycoord.benchmarks.measure.Waiters;
import io.keycoord.benchmarks.sdk.SdkCost;
import java.util.List;

/**
 * All figures of a run; lists are empty for what was not measured.
 *
 * @param seconds how long the run took
 */
record Report(
        Machine machine,
        Settings settings,
        List<Throughput.Result> throughput,
        List<ScriptTimes.Result> scripts,
        List<OpenLoop.Result> latency,
        List<Memory.Result> memory,
        List<Waiters.Result> waiters,
        List<SdkCost.Result> sdk,
        double seconds) {

    /** Copies the lists. */
    Report {
        throughput = List.copyOf(throughput);
        scripts = List.copyOf(scripts);
        latency = List.copyOf(latency);
        memory = List.copyOf(memory);
        waiters = List.copyOf(waiters);
        sdk = List.copyOf(sdk);
    }
}
