package io.keycoord.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScriptTimesTest {

    @Test
    void eachSizeIsTimedAndTakesOneScriptACall() {
        try (Server server = Server.embedded()) {
            List<ScriptTimes.Result> results = ScriptTimes.measure(server, List.of(2, 30), Duration.ZERO, step -> {});

            assertThat(results).extracting(ScriptTimes.Result::accounts).containsExactly(2, 30);
            assertThat(results.get(0).acquireRatio()).isEqualTo(1);
            assertThat(results.get(0).settleRatio()).isEqualTo(1);
            assertThat(results).allSatisfy(result -> {
                assertThat(result.acquireMicros().least()).isPositive();
                assertThat(result.settleMicros().least()).isPositive();
                assertThat(result.commandsPerAcquire()).isEqualTo(1);
                assertThat(result.commandsPerSettle()).isEqualTo(1);
            });
            assertThat(server.isEmpty()).isTrue();
        }
    }
}
