package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ReferenceAdmissionTest {

    private static final long T0 = MovedClock.START;
    private static final long MS = 1_000_000L;

    @Test
    void excessWaitsForTheRefill() {
        List<SimulatedAccount> one = List.of(Caller.account()
                .requests(Rate.bucket(10, Duration.ofSeconds(10)).withBurst(2))
                .build());
        List<Demand> fiveAtOnce = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            fiveAtOnce.add(new Demand(0, 10, 7, 0));
        }

        ReferenceAdmission replay = ReferenceAdmission.replay(one, fiveAtOnce, T0);

        assertThat(instantsMs(replay)).containsExactly(0L, 0L, 1_000L, 2_000L, 3_000L);
        assertThat(replay.between(1_000 * MS, 3_000 * MS)).isEqualTo(new ReferenceAdmission.Admitted(2, 20, 14));
    }

    @Test
    void smallCallOvertakesALargeOneAtAnotherAccount() {
        List<SimulatedAccount> two = List.of(
                account("big", Rate.bucket(100, Duration.ofSeconds(1))),
                account("small", Rate.bucket(10, Duration.ofSeconds(1))));
        List<Demand> demand = List.of(new Demand(0, 100, 0, 0), new Demand(0, 50, 0, 0), new Demand(0, 10, 0, 0));

        ReferenceAdmission replay = ReferenceAdmission.replay(two, demand, T0);

        assertThat(replay.admissions().stream().map(ReferenceAdmission.Admission::account))
                .containsExactly("big", "big", "small");
        assertThat(instantsMs(replay)).containsExactly(0L, 500L, 0L);
    }

    @Test
    void callThatNoAccountCanHoldIsNeverAdmittedAndHoldsNobodyUp() {
        List<SimulatedAccount> one = List.of(account("a", Rate.bucket(10, Duration.ofSeconds(1))));

        ReferenceAdmission replay =
                ReferenceAdmission.replay(one, List.of(new Demand(0, 11, 0, 0), new Demand(0, 10, 0, 0)), T0);

        assertThat(replay.admissions().get(0).admittedNanos()).isEqualTo(ReferenceAdmission.NEVER);
        assertThat(replay.admissions().get(0).account()).isEmpty();
        assertThat(replay.admissions().get(1).admittedNanos()).isZero();
        assertThat(replay.between(0, Long.MAX_VALUE).requests()).isEqualTo(1);
    }

    @Test
    void demandIsServedInOrderOfArrivalHoweverItIsGiven() {
        List<SimulatedAccount> one = List.of(account("a", Rate.bucket(10, Duration.ofSeconds(1))));
        Demand later = new Demand(5 * MS, 10, 0, 0);
        Demand earlier = new Demand(0, 10, 0, 0);

        ReferenceAdmission replay = ReferenceAdmission.replay(one, List.of(later, earlier), T0);

        assertThat(replay.admissions().stream().map(ReferenceAdmission.Admission::demand))
                .containsExactly(earlier, later);
        assertThat(instantsMs(replay)).containsExactly(0L, 1_000L);
    }

    @Test
    void noAccountIsRefused() {
        assertThatThrownBy(() -> ReferenceAdmission.replay(List.of(), List.of(), T0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one account");
    }

    /** All modes, both ways of counting, and places, against {@link StepwiseServer}, which tries every millisecond. */
    @Test
    void agreesWithAServerThatTriesEveryMillisecond() {
        for (int seed = 0; seed < 100; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<SimulatedAccount> accounts = new ArrayList<>();
            int count = 1 + random.nextInt(3);
            for (int i = 0; i < count; i++) {
                accounts.add(randomAccount("a" + i, random));
            }
            List<Demand> demand = randomDemand(random);

            List<ReferenceAdmission.Admission> fast =
                    ReferenceAdmission.replay(accounts, demand, T0).admissions();

            assertThat(fast).as("seed %d", seed).isEqualTo(StepwiseServer.replay(accounts, demand, T0));
        }
    }

    @Test
    @Timeout(20)
    void replaysTensOfThousandsOfCallsQuickly() {
        List<SimulatedAccount> accounts = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            accounts.add(Caller.account()
                    .requests(Rate.slidingWindow(500, Duration.ofSeconds(10)))
                    .tokens(Rate.bucket(200_000, Duration.ofSeconds(10)))
                    .concurrency(50)
                    .build());
        }
        SplittableRandom random = new SplittableRandom(1);
        List<Demand> demand = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            demand.add(new Demand(i * MS / 10, 50 + random.nextInt(1_000), 40, 50 * MS));
        }

        assertThat(ReferenceAdmission.replay(accounts, demand, T0).admissions()).hasSize(50_000);
    }

    private static SimulatedAccount account(String id, Rate tokens) {
        return SimulatedAccount.builder(id).key(id, "s").tokens(tokens).build();
    }

    /** Rates whose every instant falls on a full millisecond, so that trying those is exact. */
    private static SimulatedAccount randomAccount(String id, SplittableRandom random) {
        SimulatedAccount.Builder account = SimulatedAccount.builder(id).key(id, "s");
        if (random.nextInt(4) > 0) {
            account.requests(randomRate(random, 1, 10));
        }
        if (random.nextInt(4) > 0) {
            account.tokens(randomRate(random, 5, 40));
            account.tokensCounted(random.nextBoolean() ? TokensCounted.ADMISSION : TokensCounted.COMPLETION);
        }
        if (random.nextInt(3) > 0) {
            account.concurrency(1 + random.nextInt(4));
        }
        return account.build();
    }

    private static Rate randomRate(SplittableRandom random, int least, int most) {
        long amount = random.nextInt(least, most + 1);
        Duration window = Duration.ofMillis(amount * random.nextInt(1, 21));
        LimitMode mode = List.of(LimitMode.values()).get(random.nextInt(3));
        return new Rate(amount, window, mode, mode == LimitMode.BUCKET ? random.nextInt(1, most + 1) : amount);
    }

    private static List<Demand> randomDemand(SplittableRandom random) {
        List<Demand> demand = new ArrayList<>();
        long at = 0;
        for (int i = 0; i < 60; i++) {
            at += random.nextInt(4) == 0 ? random.nextInt(40) : 0;
            int asked = 1 + random.nextInt(15);
            demand.add(new Demand(at * MS, asked, random.nextInt(asked + 1), random.nextLong(30) * MS));
        }
        return demand;
    }

    private static List<Long> instantsMs(ReferenceAdmission replay) {
        return replay.admissions().stream()
                .map(admission -> admission.admittedNanos() / MS)
                .toList();
    }
}
