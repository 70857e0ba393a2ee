package io.keycoord.console.demo;

import io.keycoord.redis.KeyView;
import io.keycoord.redis.PoolView;
import io.keycoord.simulator.Fault;
import io.keycoord.simulator.FaultKind;
import io.keycoord.simulator.Latency;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.SimulatorConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One run of the demo: starts everything, plays the scenario, watches, ends everything and reports. Closed, no process
 * and no file of it is left; another thread may close it while it runs.
 */
final class DemoRun implements AutoCloseable {
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration REDRAW = Duration.ofMillis(500);
    private static final Duration PLAIN_LINE = Duration.ofSeconds(3);
    private static final long START_DELAY_MS = 100;

    private record Step(Duration at, Runnable action) {}

    private final DemoSettings settings;
    private final DemoPool pool;
    private final Screen screen;
    private final LiveView view;
    private final DemandLog demand = new DemandLog();
    private final Deque<AutoCloseable> toClose = new ArrayDeque<>(); // guarded by itself
    private final Set<String> secretsIn = new HashSet<>();
    private final Store store;
    private final ProviderSimulator provider;
    private final Crew crew;
    private volatile boolean closed;
    private long startMs;
    private long badFromMs;
    private long failingFromMs;
    private long killedMs;
    private int ofVictim = -1;
    private OptionalLong victimsBackMs = OptionalLong.empty();

    /** Starts Redis, the provider and the workers; demand begins with {@link #play}. */
    DemoRun(DemoSettings settings, Screen screen) throws IOException {
        this.settings = settings;
        this.pool = DemoPool.of(settings);
        this.screen = screen;
        this.view = new LiveView(settings, pool);
        try {
            this.store = opened(Store.open(settings.redis()));
            this.provider = opened(ProviderSimulator.start(simulator()));
            DemoFiles files = opened(DemoFiles.write(settings, pool, provider.baseUrl()));
            this.crew = opened(new Crew(orders(files), demand, screen::print));
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private <T extends AutoCloseable> T opened(T part) {
        synchronized (toClose) {
            toClose.push(part);
        }
        return part;
    }

    private SimulatorConfig simulator() {
        SimulatorConfig.Builder builder = SimulatorConfig.builder()
                .latency(Latency.standard())
                .models(List.of(DemoPool.MODEL))
                .seed(settings.seed());
        pool.simulated().forEach(builder::account);
        return builder.build();
    }

    private List<WorkerOrder> orders(DemoFiles files) {
        int callers = (pool.callers() + settings.workers() - 1) / settings.workers();
        List<WorkerOrder> orders = new ArrayList<>();
        for (int worker = 0; worker < settings.workers(); worker++) {
            orders.add(new WorkerOrder(
                    worker,
                    settings.workers(),
                    "worker-" + (worker + 1),
                    files.config().toString(),
                    store.url(),
                    store.namespace(),
                    callers,
                    pool.tokensPerSecond(),
                    pool.window().toMillis(),
                    settings.seed()));
        }
        return orders;
    }

    /** Plays it to the end and reports. */
    DemoReport play() throws InterruptedException {
        crew.awaitReady();
        screen.print(introduction());
        startMs = System.currentTimeMillis() + START_DELAY_MS;
        crew.go(startMs);
        scenario();
        List<String> brokenWorkers = crew.finish();
        long leaked = leaked();
        secretsIn.addAll(secrets());
        return new DemoReport(settings, pool, evidence(brokenWorkers, leaked));
    }

    private String introduction() {
        return String.format(
                Locale.ROOT,
                "%d workers share %d keys of %d accounts. Each account has %,d requests and %,d tokens in %.1f s,"
                        + " %,d and %,d of them at once, and %d calls at the same time.%n"
                        + "Look inside: %s HGETALL '%s:{%s}:key:%s'%n",
                settings.workers(),
                pool.keys().size(),
                pool.accounts().size(),
                pool.requests().perWindow(),
                pool.tokens().perWindow(),
                pool.window().toMillis() / 1000.0,
                pool.requests().burst(),
                pool.tokens().burst(),
                pool.concurrency(),
                store.address(),
                store.namespace(),
                DemoPool.ID,
                pool.failingKey());
    }

    private void scenario() throws InterruptedException {
        Deque<Step> steps = new ArrayDeque<>(List.of(
                new Step(settings.badFrom(), this::revoke),
                new Step(settings.failingFrom(), this::fail),
                new Step(settings.killAt(), this::kill)));
        Duration nextShow = Duration.ZERO;
        for (Duration now = elapsed(); now.compareTo(settings.length()) < 0; now = elapsed()) {
            while (!steps.isEmpty() && steps.peek().at().compareTo(now) <= 0) {
                steps.pop().action().run();
            }
            refuseIfLost();
            watchVictim();
            if (now.compareTo(nextShow) >= 0) {
                show(now);
                nextShow = now.plus(screen.isTerminal() ? REDRAW : PLAIN_LINE);
            }
            TimeUnit.MILLISECONDS.sleep(TICK.toMillis());
        }
        show(elapsed());
    }

    /** Ctrl-C ends the workers too, perhaps before this process has noticed. */
    private void refuseIfLost() throws InterruptedException {
        if (crew.lost().isEmpty()) {
            return;
        }
        TimeUnit.MILLISECONDS.sleep(5 * TICK.toMillis());
        throw new IllegalStateException("a worker died, and nobody killed it: " + crew.lost());
    }

    private Duration elapsed() {
        return Duration.ofMillis(Math.max(0, System.currentTimeMillis() - startMs));
    }

    private void revoke() {
        badFromMs = System.currentTimeMillis();
        provider.script(Fault.ofKey(pool.badKey(), FaultKind.INVALID_KEY));
        screen.print(at() + "the credential of " + pool.badKey() + " is revoked: the provider answers 401");
    }

    private void fail() {
        secretsIn.addAll(secrets());
        failingFromMs = System.currentTimeMillis();
        provider.script(Fault.ofKey(pool.failingKey(), FaultKind.SERVER_ERROR).withLasts(settings.failingFor()));
        screen.print(at() + pool.failingKey() + " begins to fail: the provider answers 500 for "
                + settings.failingFor().toMillis() + " ms");
    }

    private void kill() {
        crew.victim().kill();
        killedMs = System.currentTimeMillis();
        screen.print(at() + "kill -9 of " + crew.victim().id());
    }

    private String at() {
        return String.format(Locale.ROOT, "%4.1f s  ", elapsed().toMillis() / 1000.0);
    }

    /** Counts the leases of the killed worker until there are none. */
    private void watchVictim() {
        if (killedMs == 0 || victimsBackMs.isPresent()) {
            return;
        }
        String victim = crew.victim().id();
        int held = (int) store.leases().stream()
                .filter(lease -> lease.worker().equals(victim))
                .count();
        ofVictim = Math.max(ofVictim, held);
        if (held == 0) {
            victimsBackMs = OptionalLong.of(System.currentTimeMillis() - killedMs);
        }
    }

    private void show(Duration now) {
        LiveView.Moment moment = new LiveView.Moment(now, demand.counts(), provider.stats(), store.keys());
        if (screen.isTerminal()) {
            screen.draw(view.table(moment));
        } else {
            screen.print(view.line(moment));
        }
    }

    /** Leases and slots still out when a lease time and a second have passed; as soon as there are none, none. */
    private long leaked() throws InterruptedException {
        long endNanos = System.nanoTime() + settings.leaseTtl().plusSeconds(1).toNanos();
        long held = held();
        while (held > 0 && System.nanoTime() < endNanos) {
            TimeUnit.MILLISECONDS.sleep(TICK.toMillis());
            held = held();
        }
        return held;
    }

    private long held() {
        long leases = store.pool().map(PoolView::leases).orElse(0L);
        List<KeyView> keys = store.keys();
        long slots = keys.stream().mapToLong(KeyView::inFlight).sum();
        long accounts = keys.stream().mapToLong(KeyView::accountInFlight).sum();
        return Math.max(leases, Math.max(slots, accounts));
    }

    private Set<String> secrets() {
        return store.holding(pool.keys().stream().map(DemoPool.Key::secret).toList());
    }

    private Evidence evidence(List<String> brokenWorkers, long leaked) {
        long scripts = store.scriptCalls();
        long reads = store.reads();
        long operations = store.pool().map(PoolView::operations).orElse(0L);
        long reaped = store.pool().map(PoolView::reaped).orElse(0L);
        long grants = (operations + reaped) / 2;
        return new Evidence(
                startMs,
                badFromMs,
                failingFromMs,
                store.clockAheadMs(),
                demand.entries(),
                provider.stats(),
                store.changes(),
                new Evidence.Leases(Math.max(0, ofVictim), victimsBackMs, leaked),
                new Evidence.Commands(scripts, reads, grants, operations - grants),
                secretsIn,
                brokenWorkers);
    }

    /** Whether it was closed, perhaps under the thread that plays it. */
    boolean isClosed() {
        return closed;
    }

    /** Ends every process and deletes every file; a second call does nothing. */
    @Override
    public void close() {
        closed = true;
        synchronized (toClose) {
            while (!toClose.isEmpty()) {
                try {
                    toClose.pop().close();
                } catch (Exception e) {
                    screen.print("could not clean up: " + e);
                }
            }
        }
    }
}
