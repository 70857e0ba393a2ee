package io.keycoord.sdk.jdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.sdk.AnswerStalledException;
import io.keycoord.sdk.call.AnswerLimits;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A limit for the first data that is far longer than the one for each silence afterwards. */
class StallWatchTest {
    private static final Duration IDLE = Duration.ofMillis(50);

    private final StallWatch watch = new StallWatch(
            new AnswerLimits(Optional.of(Duration.ofHours(1)), Optional.of(IDLE)), Optional.empty(), Runnable::run);

    private void assertStrikesForASilence() {
        await().until(() -> watch.struck().isPresent());
        AnswerStalledException struck = watch.struck().orElseThrow();
        assertThat(struck.limit()).isEqualTo(IDLE);
        assertThat(struck.hasBegun()).isTrue();
    }

    @Test
    void silenceAfterTheFirstDataIsLookedForAtOnce() {
        watch.waiting();
        watch.dataCame();

        assertStrikesForASilence();
    }

    @Test
    void silenceAfterARestIsLookedForAtOnce() {
        watch.waiting();
        watch.resting();
        watch.dataCame();
        watch.waiting();

        assertStrikesForASilence();
    }
}
