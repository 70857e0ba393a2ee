package io.keycoord.simulator;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * Runs a simulator on its own: {@code --config FILE [--port N] [--host ADDRESS]}. Prints its base URL and serves until it
 * is ended. A wrong flag or file gives one line on the error stream and exit code 2.
 */
public final class Main {

    private static final String USAGE = "usage: --config FILE [--port N] [--host ADDRESS]";
    private static final int WRONG_USE = 2;

    private Main() {}

    /** Entry point. */
    public static void main(String[] args) throws InterruptedException {
        Optional<ProviderSimulator> simulator = start(args, System.out, System.err);
        if (simulator.isEmpty()) {
            System.exit(helpWanted(args) ? 0 : WRONG_USE);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(simulator.get()::close, "simulator-shutdown"));
        new CountDownLatch(1).await();
    }

    /** Starts a simulator, or says in one line why not. */
    static Optional<ProviderSimulator> start(String[] args, PrintStream out, PrintStream err) {
        if (helpWanted(args)) {
            out.println(USAGE);
            return Optional.empty();
        }
        try {
            ProviderSimulator simulator = ProviderSimulator.start(config(args));
            out.println("Provider simulator at " + simulator.baseUrl());
            return Optional.of(simulator);
        } catch (IllegalArgumentException | UncheckedIOException e) {
            err.println("simulator: " + e.getMessage());
        }
        return Optional.empty();
    }

    private static boolean helpWanted(String[] args) {
        return args.length == 1 && (args[0].equals("--help") || args[0].equals("-h"));
    }

    private static SimulatorConfig config(String[] args) {
        String file = "";
        String port = "";
        String host = "";
        for (int i = 0; i < args.length; i += 2) {
            String value = value(args, i);
            switch (args[i]) {
                case "--config" -> file = value;
                case "--port" -> port = value;
                case "--host" -> host = value;
                default -> throw new IllegalArgumentException("'" + args[i] + "' is no option; " + USAGE);
            }
        }
        SimulatorConfig config = load(file);
        config = port.isEmpty() ? config : config.withPort(number(port));
        return host.isEmpty() ? config : config.withHost(host);
    }

    private static String value(String[] args, int index) {
        Check.that(args[index].startsWith("--"), () -> "'" + args[index] + "' is no option; " + USAGE);
        Check.that(index + 1 < args.length, () -> args[index] + " has no value; " + USAGE);
        return args[index + 1];
    }

    private static SimulatorConfig load(String file) {
        Check.that(!file.isEmpty(), () -> "--config is missing; " + USAGE);
        try {
            return SimulatorConfig.parse(Files.readString(Path.of(file), StandardCharsets.UTF_8));
        } catch (IOException | InvalidPathException e) {
            throw new IllegalArgumentException("--config is '" + file + "', expected a readable file", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    private static int number(String port) {
        try {
            return Integer.parseInt(port);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--port is '" + port + "', expected 0 to 65535", e);
        }
    }
}
