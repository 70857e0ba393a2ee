package io.keycoord.simulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;

/**
 * A running simulator: an HTTP server that behaves like a provider.
 *
 * <pre>{@code
 * SimulatorConfig config = SimulatorConfig.builder()
 *     .account(SimulatedAccount.builder("team").key("team-1", "sim-secret-1")
 *         .requests(Rate.bucket(20, Duration.ofSeconds(10))).build())
 *     .build();
 * try (ProviderSimulator provider = ProviderSimulator.start(config)) {
 *     call(provider.baseUrl());                       // http://127.0.0.1:PORT/api/v1
 *     provider.script(Fault.ofKey("team-1", FaultKind.INVALID_KEY));
 *     assert provider.stats().total().answered(429) == 0;
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads. Its own threads are daemons named {@code simulator-N}; {@link #close} ends them.
 */
public final class ProviderSimulator implements AutoCloseable {

    private final SimulatorConfig config;
    private final NanoClock clock;
    private final long startedMs;
    private final StatsBook stats;
    private final FaultBoard faults;
    private final ArrivalLog arrivals;
    private final HttpServer server;

    private ProviderSimulator(SimulatorConfig config, NanoClock clock) throws IOException {
        this.config = config;
        this.clock = clock;
        startedMs = clock.millis();
        stats = new StatsBook(config.accounts());
        faults = new FaultBoard(clock);
        arrivals = new ArrivalLog(config.recordArrivals());
        config.faults().forEach(faults::script);
        KeyBook keys = new KeyBook(config.accounts(), clock, stats);
        Router router = new Router(
                config,
                keys,
                stats,
                faults,
                new ChatEndpoint(config, clock, stats, faults, arrivals, keys::isSpent),
                this::stats,
                clock);
        server = new HttpServer(config.host(), config.port(), config.maxConnections(), router);
    }

    /**
     * Starts a simulator, which listens when this returns.
     *
     * @throws UncheckedIOException if the port cannot be bound; nothing keeps running then
     */
    public static ProviderSimulator start(SimulatorConfig config) {
        return start(config, NanoClock.system());
    }

    /** As {@link #start(SimulatorConfig)}, with limits and fault spans measured by another clock. */
    public static ProviderSimulator start(SimulatorConfig config, NanoClock clock) {
        try {
            ProviderSimulator simulator = new ProviderSimulator(config, clock);
            simulator.server.start();
            return simulator;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot listen at " + config.host() + ":" + config.port() + ": " + e.getMessage(), e);
        }
    }

    /** {@code http://HOST:PORT}, where {@code /__stats} and {@code /__faults} are. */
    public URI url() {
        return URI.create(
                "http://" + (config.host().contains(":") ? "[" + config.host() + "]" : config.host()) + ":" + port());
    }

    /** {@code http://HOST:PORT/api/v1}, the base URL for clients. {@code /v1} serves the same. */
    public URI baseUrl() {
        return URI.create(url() + "/api/v1");
    }

    /** The port it listens at. */
    public int port() {
        return server.port();
    }

    /**
     * Scripts a fault from now on and returns its id.
     *
     * @throws IllegalArgumentException if it names no key or account of this simulator, or the dialect has no such
     *     answer; nothing is scripted then
     */
    public String script(Fault fault) {
        SimulatorConfig.checkFault(fault, config.dialect(), config.accounts());
        return faults.script(fault);
    }

    /** Ends one fault; false if it was over already. */
    public boolean clearFault(String id) {
        return faults.clear(scripted -> scripted.id().equals(id)) > 0;
    }

    /** Ends all faults and returns how many were left. */
    public int clearFaults() {
        return faults.clear(scripted -> true);
    }

    /** All counts at this instant. An answer is counted before its last bytes are sent. */
    public SimulatorStats stats() {
        return stats.snapshot(new StatsBook.Surroundings(
                startedMs, clock.millis(), server.connections(), server.refused(), arrivals.size(), arrivals.lost()));
    }

    /** The recorded arrivals, in order; empty unless {@link SimulatorConfig#recordArrivals} is above 0. */
    public List<Arrival> arrivals() {
        return arrivals.copy();
    }

    /** Ends every connection and all threads, within a second. Safe to call twice; counts stay readable. */
    @Override
    public void close() {
        server.close();
    }
}
