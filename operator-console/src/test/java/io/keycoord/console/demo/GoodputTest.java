package io.keycoord.console.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GoodputTest {
    private static final DemoSettings SETTINGS = new DemoSettings(30, 4, 4, Optional.empty(), 1);
    private static final DemoPool POOL = DemoPool.of(SETTINGS);
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final Duration END = Duration.ofSeconds(30);
    private static final long SECOND = 1_000_000;

    /** A call asked for and sent at the same time. */
    private static DemandLog.Entry served(long atMicros, long tokens) {
        return new DemandLog.Entry(0, atMicros, tokens, 200, atMicros, atMicros + 50_000);
    }

    private static DemandLog.Entry open(long atMicros, long tokens) {
        return new DemandLog.Entry(0, atMicros, tokens, DemandLog.OPEN, -1, -1);
    }

    private static Goodput goodput(List<DemandLog.Entry> entries) {
        return Goodput.of(POOL, entries, 1_700_000_000_000_000_000L, WARM_UP, END);
    }

    private static List<DemandLog.Entry> steady(double perSecond, long tokens, boolean served) {
        List<DemandLog.Entry> entries = new ArrayList<>();
        for (int i = 0; i < perSecond * 30; i++) {
            long at = (long) (i / perSecond * SECOND);
            entries.add(served ? served(at, tokens) : open(at, tokens));
        }
        return entries;
    }

    @Test
    void demandBelowTheLimitsThatIsAllServedIsAllThatCouldBe() {
        Goodput goodput = goodput(steady(10, 200, true));

        assertThat(goodput.share()).isEqualTo(1);
        assertThat(goodput.served()).isEqualTo(200 * 200);
        assertThat(goodput.waits()).isEqualTo(new Goodput.Waits(0, 0));
    }

    @Test
    void demandThatNobodyServesIsLost() {
        Goodput goodput = goodput(steady(10, 200, false));

        assertThat(goodput.share()).isZero();
        assertThat(goodput.admitted()).isEqualTo(200 * 200);
    }

    @Test
    void whereNothingCouldBeServedNothingIsShown() {
        assertThat(goodput(List.of()).share()).isZero();
    }

    @Test
    void aboveTheLimitsTheReplayAdmitsWhatTheyAdmit() {
        Goodput goodput = goodput(steady(200, 200, false));

        double tokens = POOL.tokensPerSecond() * 20;
        assertThat((double) goodput.admitted()).isBetween(tokens - 400, tokens + 400);
        assertThat(goodput.dimension()).isEqualTo("tokens");
    }

    @Test
    void requestsCountWhereTheyBind() {
        Goodput goodput = goodput(steady(200, 20, false));

        assertThat(goodput.dimension()).isEqualTo("requests");
        double requests = POOL.requestsPerSecond() * 20;
        assertThat((double) goodput.admitted()).isBetween(requests - 4, requests + 4);
    }

    @Test
    void whatWasSentInTheWarmUpOrAfterTheEndDoesNotCount() {
        Goodput goodput = goodput(List.of(
                served(9 * SECOND, 100),
                new DemandLog.Entry(0, 9 * SECOND, 50, 200, 11 * SECOND, 12 * SECOND),
                served(30 * SECOND, 100)));

        assertThat(goodput.served()).isEqualTo(50);
        assertThat(goodput.waits()).isEqualTo(new Goodput.Waits(2_000, 2_000));
    }

    @Test
    void refusedCallsAreNotServed() {
        Goodput goodput = goodput(List.of(
                served(11 * SECOND, 100), new DemandLog.Entry(0, 11 * SECOND, 100, 500, 11 * SECOND, 11 * SECOND)));

        assertThat(goodput.share()).isEqualTo(0.5);
    }

    @Test
    void theStricterReplayHasWhatTheWarmUpLeftUnused() {
        List<DemandLog.Entry> entries = new ArrayList<>();
        steady(200, 200, false).forEach(entries::add);

        Goodput goodput = goodput(entries);

        long unused = 2 * POOL.tokens().burst();
        assertThat(goodput.admittedWithRest() - goodput.admitted()).isBetween(unused - 800, unused + 800);
    }

    @Test
    void percentilesAreOfTheSortedWaits() {
        List<Long> micros = new ArrayList<>();
        for (long i = 100; i >= 1; i--) {
            micros.add(i * 1000);
        }

        assertThat(Goodput.Waits.of(micros)).isEqualTo(new Goodput.Waits(50, 99));
    }
}
