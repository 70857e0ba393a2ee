package io.keycoord.console.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.simulator.SimulatorStats;
import io.keycoord.simulator.SimulatorStats.Answers;
import io.keycoord.simulator.SimulatorStats.Counts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DemoReportTest {
    private static final DemoSettings SETTINGS = new DemoSettings(30, 4, 4, Optional.empty(), 1);
    private static final DemoPool POOL = DemoPool.of(SETTINGS);
    private static final long START_MS = 1_700_000_000_000L;

    private long answered429;
    private long answered401 = 3;
    private double served = 1;
    private long leaked;
    private Set<String> secretsIn = Set.of();
    private List<String> brokenWorkers = List.of();
    private List<Store.Change> changes = List.of(
            new Store.Change(START_MS + 10_050, POOL.badKey(), "OPENED", "http_401_key_invalid"),
            new Store.Change(START_MS + 15_100, POOL.failingKey(), "OPENED", "http_500_server"),
            new Store.Change(START_MS + 21_000, POOL.failingKey(), "CLOSED", "recovered"));

    private static Counts counts(Map<String, Answers> answered) {
        return new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, Map.of(), answered, Map.of());
    }

    private List<DemandLog.Entry> demand() {
        List<DemandLog.Entry> entries = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            boolean isServed = i % 100 < served * 100;
            long at = i * 100_000L;
            entries.add(new DemandLog.Entry(0, at, 300, isServed ? 200 : 500, at, at + 1));
        }
        return entries;
    }

    private DemoReport report() {
        Map<String, Answers> total =
                Map.of("429", new Answers(answered429, 0, 0), "401", new Answers(answered401, START_MS + 10_020, 0));
        SimulatorStats provider = new SimulatorStats(
                0,
                0,
                counts(total),
                Map.of(),
                Map.of(POOL.badKey(), counts(total), POOL.failingKey(), counts(Map.of())),
                counts(Map.of()),
                0,
                0,
                0,
                0,
                0,
                0);
        return new DemoReport(
                SETTINGS,
                POOL,
                new Evidence(
                        START_MS,
                        START_MS + 10_000,
                        START_MS + 15_000,
                        0,
                        demand(),
                        provider,
                        changes,
                        new Evidence.Leases(7, OptionalLong.of(5_100), leaked),
                        new Evidence.Commands(700, 40, 310, 305),
                        secretsIn,
                        brokenWorkers));
    }

    private void assertBroken(String promise) {
        assertThat(report().broken()).singleElement().asString().contains(promise);
        assertThat(report().ok()).isFalse();
        assertThat(report().text()).contains("RESULT broken: ").doesNotContain("RESULT ok");
    }

    @Test
    void whereAllPromisesAreKeptTheResultIsOk() {
        assertThat(report().broken()).isEmpty();
        assertThat(report().ok()).isTrue();
        assertThat(report().text()).endsWith("RESULT ok\n").doesNotContain("broken");
    }

    @Test
    void theReportSaysWhatWasSeen() {
        assertThat(report().text())
                .contains("300 calls, 90,000 tokens, in 30 s on 4 workers (seed 1)")
                .contains("100.0 % of what the provider would have admitted: 60,000 of 60,000 tokens")
                .contains("3 calls answered 401; out of service 30 ms after the first of them, OPENED")
                .contains("out of service 100 ms after it began to fail, back 6000 ms after, CLOSED")
                .contains("held 7 leases, which were back 5100 ms later (a lease lives 5.0 s)")
                .contains("310 acquires that granted and 305 settlements")
                .contains("2.13 per call");
    }

    @Test
    void anAnswer429IsABrokenPromise() {
        answered429 = 1;

        assertBroken("answered 429");
    }

    @Test
    void aShareBelow95PercentIsABrokenPromise() {
        served = 0.94;

        assertBroken("95 %");
    }

    @Test
    void aFourthAnswer401IsABrokenPromise() {
        answered401 = 4;

        assertBroken("at most 3 calls");
    }

    @Test
    void aLeakedSlotIsABrokenPromise() {
        leaked = 1;

        assertBroken("no slot leaks");
    }

    @Test
    void aSecretInRedisIsABrokenPromise() {
        secretsIn = Set.of("keycoord:{demo}:meta");

        assertBroken("keycoord:{demo}:meta");
    }

    @Test
    void aWorkerThatDiedByItselfIsABrokenPromise() {
        brokenWorkers = List.of("worker-2 (OutOfMemoryError)");

        assertBroken("worker-2");
    }

    @Test
    void aFailingKeyThatDoesNotComeBackIsABrokenPromise() {
        changes = changes.subList(0, 2);

        assertBroken("comes back");
    }

    @Test
    void aRevokedKeyThatStaysInServiceIsABrokenPromise() {
        changes = changes.subList(1, 3);

        assertBroken("revoked key leaves service");
    }
}
