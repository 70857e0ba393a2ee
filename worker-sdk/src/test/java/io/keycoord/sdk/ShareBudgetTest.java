package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ShareBudgetTest {
    private static long spent(ShareBudget budget) {
        return Stream.generate(budget::spend).takeWhile(may -> may).count();
    }

    private static void earn(ShareBudget budget, int calls) {
        IntStream.range(0, calls).forEach(i -> budget.earn());
    }

    @Test
    void tenCanBeSpentAtOnceAndThenTheShareOfTheCalls() {
        ShareBudget budget = ShareBudget.full(0.1);

        assertThat(spent(budget)).isEqualTo(10);
        earn(budget, 29);
        assertThat(spent(budget)).isEqualTo(2);
        earn(budget, 1);
        assertThat(spent(budget)).isOne();
    }

    @Test
    void noMoreThanTenAreSaved() {
        ShareBudget budget = ShareBudget.empty(0.1);
        assertThat(budget.spend()).isFalse();

        earn(budget, 10_000);

        assertThat(spent(budget)).isEqualTo(10);
    }

    @Test
    void whatWasNotNeededCanBeSpentAgain() {
        ShareBudget budget = ShareBudget.full(0);
        spent(budget);

        budget.giveBack();

        assertThat(spent(budget)).isOne();
        IntStream.range(0, 20).forEach(i -> budget.giveBack());
        assertThat(spent(budget)).isEqualTo(10);
    }

    @Test
    void manyThreadsTogetherSpendNoMoreThanThereIs() throws Exception {
        ShareBudget budget = ShareBudget.empty(0.1);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            Callable<Long> work = () -> IntStream.range(0, 10_000)
                    .filter(i -> {
                        budget.earn();
                        return budget.spend();
                    })
                    .count();
            long spent = 0;
            for (Future<Long> done : threads.invokeAll(List.of(work, work, work, work, work, work, work, work))) {
                spent += done.get();
            }
            assertThat(spent + spent(budget)).isBetween(7_990L, 8_000L);
        } finally {
            threads.shutdownNow();
        }
    }
}
