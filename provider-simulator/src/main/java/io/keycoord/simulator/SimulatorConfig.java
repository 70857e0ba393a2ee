package io.keycoord.simulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Everything the simulator is started with.
 *
 * @param dialect whose answers it gives
 * @param accounts at least one; ids of accounts, ids of keys and secrets are each unique
 * @param latency how long admitted calls take
 * @param models what {@code GET /models} lists; calls may name any model
 * @param faults scripted at the start
 * @param defaultMaxTokens for calls that name no {@code max_tokens}, 1 to 1,000,000
 * @param recordArrivals how many arrivals are remembered, 0 (none) to 10,000,000; later ones are only counted
 * @param maxConnections how many connections are served at once, 1 to 10,000; further ones are reset
 * @param seed the same seed and the same order of calls give the same latencies
 * @param host address to bind; the loopback address unless the simulator is alone in a container
 * @param port 0 for any free one
 */
public record SimulatorConfig(
        Dialect dialect,
        List<SimulatedAccount> accounts,
        Latency latency,
        List<String> models,
        List<Fault> faults,
        int defaultMaxTokens,
        int recordArrivals,
        int maxConnections,
        long seed,
        String host,
        int port) {

    /** Refuses duplicates, faults of nobody, and numbers out of range. */
    public SimulatorConfig {
        accounts = List.copyOf(accounts);
        models = List.copyOf(models);
        faults = List.copyOf(faults);
        Check.that(!accounts.isEmpty(), () -> "accounts is empty, expected at least one account");
        Check.range("defaultMaxTokens", defaultMaxTokens, 1, 1_000_000);
        Check.range("recordArrivals", recordArrivals, 0, 10_000_000);
        Check.range("maxConnections", maxConnections, 1, 10_000);
        Check.range("port", port, 0, 65_535);
        Check.that(!host.isBlank(), () -> "host is blank, expected an address like 127.0.0.1");
        unique(accounts);
        for (Fault fault : faults) {
            checkFault(fault, dialect, accounts);
        }
    }

    /** An OpenRouter without limits on a free port, to be given accounts. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads a configuration file.
     *
     * @throws IllegalArgumentException if it is no valid configuration; the message names the field, the value and what
     *     was expected
     * @throws IOException if the file cannot be read
     */
    public static SimulatorConfig load(Path file) throws IOException {
        return parse(Files.readString(file));
    }

    /**
     * Reads a configuration from JSON text.
     *
     * @throws IllegalArgumentException as {@link #load}
     */
    public static SimulatorConfig parse(String json) {
        return ConfigJson.config(json);
    }

    /** The same on another port. */
    public SimulatorConfig withPort(int other) {
        return at(host, other);
    }

    /** The same bound to another address. */
    public SimulatorConfig withHost(String other) {
        return at(other, port);
    }

    private SimulatorConfig at(String newHost, int newPort) {
        return new SimulatorConfig(
                dialect,
                accounts,
                latency,
                models,
                faults,
                defaultMaxTokens,
                recordArrivals,
                maxConnections,
                seed,
                newHost,
                newPort);
    }

    private static void unique(List<SimulatedAccount> accounts) {
        Set<String> accountIds = new HashSet<>();
        Set<String> keyIds = new HashSet<>();
        Set<String> secrets = new HashSet<>();
        for (SimulatedAccount account : accounts) {
            Check.that(accountIds.add(account.id()), () -> "account id '" + account.id() + "' is there twice");
            for (SimulatedKey key : account.keys()) {
                Check.that(keyIds.add(key.id()), () -> "key id '" + key.id() + "' is there twice");
                Check.that(secrets.add(key.secret()), () -> "secret of key " + key.id() + " is another key's too");
            }
        }
    }

    static void checkFault(Fault fault, Dialect dialect, List<SimulatedAccount> accounts) {
        Check.that(
                fault.kind().isOf(dialect),
                () -> "fault is " + fault.kind().word() + ", expected one that dialect " + dialect.word() + " knows");
        boolean known = switch (fault.scope()) {
            case ALL -> true;
            case ACCOUNT -> accounts.stream().anyMatch(a -> a.id().equals(fault.target()));
            case KEY -> accounts.stream().flatMap(a -> a.keys().stream()).anyMatch(k -> k.id().equals(fault.target()));
        };
        Check.that(
                known,
                () -> (fault.scope() == Fault.Scope.KEY ? "key" : "account") + " is '" + fault.target()
                        + "', expected one of the configuration");
    }

    /** Builds a configuration. Not safe for use by many threads. */
    public static final class Builder {

        private Dialect dialect = Dialect.OPENROUTER;
        private final List<SimulatedAccount> accounts = new ArrayList<>();
        private Latency latency = Latency.standard();
        private List<String> models = List.of("sim/chat", "sim/chat:free");
        private final List<Fault> faults = new ArrayList<>();
        private int defaultMaxTokens = 256;
        private int recordArrivals = 0;
        private int maxConnections = 1_000;
        private long seed = 1;
        private String host = "127.0.0.1";
        private int port = 0;

        private Builder() {}

        /** Whose answers; default OpenRouter's. */
        public Builder dialect(Dialect value) {
            dialect = value;
            return this;
        }

        /** Adds an account. */
        public Builder account(SimulatedAccount account) {
            accounts.add(account);
            return this;
        }

        /** Default {@link Latency#standard()}. */
        public Builder latency(Latency value) {
            latency = value;
            return this;
        }

        /** What {@code GET /models} lists. */
        public Builder models(List<String> ids) {
            models = ids;
            return this;
        }

        /** Adds a fault, scripted at the start. */
        public Builder fault(Fault fault) {
            faults.add(fault);
            return this;
        }

        /** Default 256. */
        public Builder defaultMaxTokens(int tokens) {
            defaultMaxTokens = tokens;
            return this;
        }

        /** How many arrivals are remembered; default 0, none. */
        public Builder recordArrivals(int most) {
            recordArrivals = most;
            return this;
        }

        /** Default 1,000. */
        public Builder maxConnections(int most) {
            maxConnections = most;
            return this;
        }

        /** Seed of the latencies; default 1. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Address to bind; default 127.0.0.1. */
        public Builder host(String value) {
            host = value;
            return this;
        }

        /** Default 0, any free one. */
        public Builder port(int value) {
            port = value;
            return this;
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException if it contradicts itself
         */
        public SimulatorConfig build() {
            return new SimulatorConfig(
                    dialect,
                    accounts,
                    latency,
                    models,
                    faults,
                    defaultMaxTokens,
                    recordArrivals,
                    maxConnections,
                    seed,
                    host,
                    port);
        }
    }
}
