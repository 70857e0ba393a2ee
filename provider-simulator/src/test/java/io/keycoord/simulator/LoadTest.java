package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.simulator.SimulatorStats.Counts;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(240)
class LoadTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int CLIENTS = 50;
    private static final int CALLS = 24;
    private static final Duration HOUR = Duration.ofHours(1);

    /** What the callers saw. */
    private final AtomicLongArray statuses = new AtomicLongArray(600);

    private final AtomicLong tokensSeen = new AtomicLong();

    @Test
    void countsAreExactUnderManyCallers() throws Exception {
        SimulatorConfig config = Caller.config(
                        Caller.account().requests(Rate.bucket(400, HOUR)).concurrency(20))
                .account(SimulatedAccount.builder("b")
                        .key("b-1", "sim-secret-b-1")
                        .tokens(Rate.slidingWindow(5_000, HOUR))
                        .build())
                .latency(Latency.uniform(Duration.ZERO, Duration.ofMillis(4)))
                .recordArrivals(1_000)
                .build();
        try (ProviderSimulator provider = ProviderSimulator.start(config, new MovedClock())) {
            inParallel(CLIENTS, client -> callAll(provider, client));

            assertCounts(provider.stats());
            assertThat(provider.arrivals()).hasSize(1_000);
            assertThat(provider.stats().arrivalsLost()).isEqualTo(200);
        }
    }

    private void callAll(ProviderSimulator provider, int client) {
        String[] secrets = {Caller.SECRET, Caller.OTHER_SECRET, "sim-secret-b-1"};
        for (int call = 0; call < CALLS; call++) {
            String body = call % 2 == 0 ? Caller.body(1 + client) : Caller.streamed(1 + client);
            HttpResponse<String> answer = Caller.chat(provider, secrets[(client + call) % 3], body);
            statuses.incrementAndGet(answer.statusCode());
            if (answer.statusCode() == 200) {
                tokensSeen.addAndGet(totalTokens(answer.body()));
            }
        }
    }

    private void assertCounts(SimulatorStats stats) {
        Counts total = stats.total();
        Counts a = stats.account("a");
        Counts b = stats.account("b");
        assertThat(total.requests()).isEqualTo(CLIENTS * CALLS);
        assertThat(total.answered(200)).isEqualTo(statuses.get(200)).isEqualTo(total.completed());
        assertThat(total.answered(429)).isEqualTo(statuses.get(429)).isEqualTo(total.refusedInAll());
        assertThat(total.tokensUsed()).isEqualTo(tokensSeen.get());
        assertThat(total.inFlight()).isZero();
        // How many find all places taken depends on the machine; who does not is admitted until the requests are used
        // up.
        assertThat(a.admitted())
                .isEqualTo(Math.min(400, a.requests() - a.refused().getOrDefault("concurrency", 0L)));
        assertThat(a.maxInFlight()).isBetween(1, 20);
        assertThat(b.tokensAdmitted()).isBetween(5_000L - 58, 5_000L);
        assertThat(a.admitted() + b.admitted()).isEqualTo(total.admitted());
        assertThat(stats.key("a-1").requests() + stats.key("a-2").requests()).isEqualTo(a.requests());
        assertThat(stats.key("a-1").tokensAsked() + stats.key("a-2").tokensAsked())
                .isEqualTo(a.tokensAsked());
    }

    /** With places as the only limit, a caller that has its answer whole never finds its own place taken. */
    @Test
    void placeIsFreeWhenTheCallerHasItsAnswer() throws Exception {
        SimulatorConfig config = Caller.config(Caller.account().concurrency(10)).build();
        try (ProviderSimulator provider = ProviderSimulator.start(config)) {
            inParallel(10, client -> {
                for (int call = 0; call < 50; call++) {
                    String body = call % 2 == 0 ? Caller.body(20) : Caller.streamed(20);
                    assertThat(Caller.chat(provider, body).statusCode()).isEqualTo(200);
                }
            });
            assertThat(provider.stats().total().maxInFlight()).isLessThanOrEqualTo(10);
        }
    }

    @Test
    void fiveHundredConnectionsAreServedAtOnce() throws Exception {
        SimulatorConfig config = Caller.config(Caller.account()).build();
        try (ProviderSimulator provider = ProviderSimulator.start(config)) {
            provider.script(Fault.ofAll(FaultKind.SILENCE).withCalls(500));
            List<RawCall> calls = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                calls.add(RawCall.chat(provider, Caller.body(5)));
            }
            await().atMost(PATIENCE).until(() -> provider.stats().total().inFlight() == 500);

            assertThat(Caller.chat(provider, Caller.body(5)).statusCode()).isEqualTo(200);
            for (RawCall call : calls) {
                call.close();
            }
            await().atMost(PATIENCE).until(() -> provider.stats().total().unanswered() == 500);
        }
    }

    private static long totalTokens(String body) {
        return Long.parseLong(body.replaceAll("(?s).*\"total_tokens\":(\\d+).*", "$1"));
    }

    private interface Client {
        void run(int number) throws Exception;
    }

    private static void inParallel(int clients, Client client) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                int number = i;
                all.add(threads.submit(() -> {
                    client.run(number);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
