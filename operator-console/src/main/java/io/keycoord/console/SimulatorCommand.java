package io.keycoord.console;

import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.SimulatorConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code keycoord simulator}. */
@Command(
        name = "simulator",
        description = {
            "Runs a simulated provider until Ctrl-C: it enforces limits of its own and counts what it answers.",
            "GET /__stats at its address tells the counts."
        })
public final class SimulatorCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "accounts, keys and limits, for example examples/simulator.json")
    private Path file = Path.of("");

    @Option(names = "--port", paramLabel = "N", description = "the port on this host (default: the file's)")
    private @Nullable Integer port;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        try (ProviderSimulator simulator = ProviderSimulator.start(config())) {
            PrintWriter out = spec.commandLine().getOut();
            out.println("Provider simulator at " + simulator.baseUrl() + ", counts at " + simulator.url()
                    + "/__stats; Ctrl-C ends it");
            out.flush();
            new CountDownLatch(1).await();
        }
        return ExitCode.OK;
    }

    private SimulatorConfig config() {
        if (!Files.isRegularFile(file)) {
            throw new UsageException("the simulator's configuration " + file + " is not a file that can be read");
        }
        try {
            SimulatorConfig config = SimulatorConfig.load(file);
            return port == null ? config : config.withPort(port);
        } catch (IOException e) {
            throw new UsageException("the simulator's configuration " + file + " cannot be read as UTF-8 text");
        } catch (IllegalArgumentException e) {
            throw new UsageException(file + ": " + e.getMessage());
        }
    }
}
