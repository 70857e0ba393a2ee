package io.keycoord.console.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.simulator.PromptTokens;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DemandStreamTest {
    private static final Duration WINDOW = Duration.ofSeconds(10);

    private static List<DemandStream.Item> items(long seed, int worker, int count) {
        DemandStream stream = new DemandStream(seed, worker, 4, 15_200, WINDOW);
        return Stream.generate(stream::next).limit(count).toList();
    }

    private static long tokens(DemandStream.Item item) {
        return PromptTokens.of(1, item.promptChars()) + item.maxTokens();
    }

    @Test
    void theSameSeedGivesTheSameDemand() {
        assertThat(items(5, 1, 500)).isEqualTo(items(5, 1, 500));
    }

    @Test
    void otherSeedsAndOtherWorkersGetOtherDemand() {
        assertThat(items(5, 1, 500)).isNotEqualTo(items(6, 1, 500)).isNotEqualTo(items(5, 2, 500));
    }

    @Test
    void demandAfterTheFirstBurstExceedsWhatIsAdmittedAsStated() {
        List<DemandStream.Item> later = items(1, 0, 20_000).stream()
                .filter(item -> item.offsetNanos() > 0)
                .toList();

        double seconds = later.get(later.size() - 1).offsetNanos() / 1e9;
        double perSecond = later.stream().mapToLong(DemandStreamTest::tokens).sum() / seconds;
        assertThat(perSecond / (15_200 / 4.0)).isBetween(DemandStream.OVERLOAD - 0.06, DemandStream.OVERLOAD + 0.06);
    }

    @Test
    void timesNeverRunBackwards() {
        assertThat(items(1, 0, 2_000))
                .extracting(DemandStream.Item::offsetNanos)
                .isSorted();
    }
}
