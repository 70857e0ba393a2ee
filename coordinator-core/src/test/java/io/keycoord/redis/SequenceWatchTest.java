package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.redis.SequenceWatch.Mark;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SequenceWatchTest {
    private static final long EPOCH = SequenceWatch.EPOCH;

    private final AtomicLong clock = new AtomicLong();
    private final SequenceWatch watch = new SequenceWatch(clock::get);

    private Mark seen(long sequence) {
        watch.tellsOfLoss(watch.mark(), sequence);
        return watch.mark();
    }

    @Test
    void aReplyThatWasOvertakenTellsOfNoLoss() {
        Mark before = watch.mark();
        seen(7);

        assertThat(watch.tellsOfLoss(before, 5)).isFalse();
        assertThat(watch.mark().sequence()).isEqualTo(7);
    }

    @Test
    void aLowerSequenceThanBeforeTheCallIsTheFirstToTellOnce() {
        Mark before = seen(7);

        assertThat(watch.tellsOfLoss(before, 6)).isTrue();
        assertThat(watch.tellsOfLoss(before, 6)).isFalse();
        assertThat(watch.lost()).hasValue(7);
    }

    @Test
    void theNextEpochTellsOfALossThatAnotherOneNoticed() {
        Mark before = seen(7);

        assertThat(watch.tellsOfLoss(before, EPOCH + 3)).isTrue();
        assertThat(watch.lost()).hasValue(7);
    }

    @Test
    void aWorkerThatHasSeenNothingHasLostNothing() {
        assertThat(watch.tellsOfLoss(watch.mark(), 3 * EPOCH)).isFalse();
    }

    @Test
    void aLossIsDueUntilItIsMadeUpFor() {
        Mark before = seen(7);
        watch.tellsOfLoss(before, EPOCH + 3);
        seen(EPOCH + 9);

        assertThat(watch.lost()).hasValue(7);
        watch.madeUp();

        assertThat(watch.lost()).isEmpty();
        assertThat(watch.tellsOfLoss(before, EPOCH + 4))
                .as("a call that was under way")
                .isFalse();
        assertThat(watch.tellsOfLoss(watch.mark(), 5)).as("the next loss").isTrue();
    }

    @Test
    void callsThatWereUnderWayWhenThePoolBeganAgainSayNothing() {
        Mark before = seen(5_000);
        watch.restart();

        assertThat(watch.tellsOfLoss(before, 3)).isFalse();
        assertThat(watch.tellsOfLoss(before, 5_001)).isFalse();
        assertThat(watch.mark().sequence()).isZero();
    }

    @Test
    void whatWasChargedIsRememberedForAnHour() {
        watch.charged(List.of("key:old"), 5_000);
        clock.addAndGet(Duration.ofMinutes(61).toNanos());
        watch.charged(List.of("key:early"), 3_000);
        watch.charged(List.of("key:late"), 5_001);

        assertThat(watch.chargedAfter(4_100)).containsExactly("key:late");
        watch.restart();
        assertThat(watch.chargedAfter(0)).isEmpty();
    }
}
