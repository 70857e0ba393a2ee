package io.keycoord.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.keycoord.benchmarks.measure.Waiters.Drought;
import io.keycoord.benchmarks.measure.Waiters.Style;
import java.util.List;
import org.junit.jupiter.api.Test;

class WaitersTest {

    @Test
    void allWaitersAreServedInTheEnd() {
        try (Server server = Server.embedded()) {
            List<Waiters.Result> results = Waiters.measure(server, 24, step -> {});

            assertThat(results)
                    .extracting(Waiters.Result::drought, Waiters.Result::style)
                    .containsExactly(
                            tuple(Drought.REQUESTS, Style.THREADS),
                            tuple(Drought.REQUESTS, Style.FUTURES),
                            tuple(Drought.SLOTS, Style.THREADS),
                            tuple(Drought.SLOTS, Style.FUTURES));
            assertThat(results).allSatisfy(result -> {
                assertThat(result.served()).isEqualTo(24);
                assertThat(result.commandsPerLease()).isPositive().isLessThan(10);
                assertThat(result.order().pairs()).isEqualTo(24 * 23 / 2);
            });
            assertThat(server.isEmpty()).isTrue();
        }
    }
}
