package io.keycoord.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.keycoord.benchmarks.contender.Contender;
import io.keycoord.benchmarks.contender.Contenders;
import io.keycoord.benchmarks.contender.Load;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ThroughputTest {
    private static final List<Contender> SOME = List.of(Contenders.named("evalsha"), Contenders.named("keycoord"));

    @Test
    void everyContenderIsCalledInEachRoundAndComparedWithAll() {
        List<String> progress = new ArrayList<>();
        try (Server server = Server.embedded()) {
            List<Throughput.Result> results =
                    Throughput.measure(server, SOME, new Load(10, 2), 2, Duration.ofMillis(100), 1, progress::add);

            assertThat(results).extracting(Throughput.Result::contender).isEqualTo(SOME);
            assertThat(results).allSatisfy(result -> {
                assertThat(result.ratios()).containsOnlyKeys("evalsha", "keycoord");
                assertThat(result.ratioTo(result.contender().name())).isEqualTo(1);
                assertThat(result.perSecond().least()).isPositive();
                assertThat(result.serverMicros()).isPositive();
                assertThat(result.grantedShare()).isEqualTo(1);
            });
            assertThat(progress).containsExactly("warm-up", "round 1 of 2", "round 2 of 2");
            assertThat(server.isEmpty()).isTrue();
        }
    }

    @Test
    void aRoundTripIsCountedForEachCommand() {
        try (Server server = Server.embedded()) {
            List<Throughput.Result> results =
                    Throughput.measure(server, SOME, new Load(10, 1), 1, Duration.ofMillis(200), 1, step -> {});

            // A connection that is made has its own; there are no others.
            assertThat(results.get(0).roundTrips()).isCloseTo(1, within(0.1));
            assertThat(results.get(1).roundTrips()).isCloseTo(2, within(0.2));
        }
    }

    @Test
    void aContenderThatTookNoPartHasNoRatio() {
        try (Server server = Server.embedded()) {
            Throughput.Result result = Throughput.measure(
                            server, SOME, new Load(1, 1), 1, Duration.ofMillis(20), 1, step -> {})
                    .get(0);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> result.ratioTo("redisson"))
                    .withMessage("contender is redisson, expected one of [evalsha, keycoord]");
        }
    }
}
