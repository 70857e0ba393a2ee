package io.keycoord.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keycoord.benchmarks.contender.Contender;
import io.keycoord.benchmarks.contender.Contenders;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class MainTest {
    private static final String SMALL =
            "--seconds 1 --threads 2 --accounts 10 --sizes 2,4 --rates 100,200 --waiters 12 --seed 7 ";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String arguments) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(arguments.strip().split(" +"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                --seconds 0               | --seconds is 0, expected 1 to 3600
                --threads 257             | --threads is 257, expected 1 to 256
                --accounts 100001         | --accounts is 100001, expected 1 to 100000
                --sizes 10,0              | --sizes is 0, expected 1 to 100000
                --sizes 10,10             | --sizes is [10, 10], expected each size once
                --rates -1                | --rates is -1, expected 1 to 100000
                --waiters 5001            | --waiters is 5001, expected 1 to 5000
                --contenders ping,memcached | contender is memcached, expected one of ping, evalsha, bucket4j
                --redis redis://192.0.2.1:6379 | --redis: the Redis URL is of another kind, expected redis://host:port
                --seed x                  | Invalid value for option '--seed': 'x' is not a long
                everything                | section is everything, expected one of throughput, scripts, latency, memory, waiters, sdk
                """)
    void aMistakeIsOneLineAndNothingIsMeasured(String arguments, String message) {
        assertThat(run(arguments)).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("benchmarks/run: ")
                .contains(message)
                .hasLineCount(1);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    @Tag("proof")
    void aWholeRunHasAllFiguresAsJson() throws Exception {
        assertThat(run(SMALL + "--format json")).isZero();

        JsonNode report = new ObjectMapper().readTree(out.toString());
        assertThat(names(report.get("throughput")))
                .isEqualTo(Contenders.ALL.stream().map(Contender::name).toList());
        assertThat(report.findValues("opener")).isEmpty();
        assertThat(report.at("/settings/seed").asLong()).isEqualTo(7);
        assertThat(report.at("/machine/redisson").asText()).matches("\\d+\\..*");
        assertThat(report.get("scripts").findValuesAsText("accounts")).containsExactly("2", "4");
        assertThat(names(report.get("latency"))).contains("evalsha", "keycoord").doesNotContain("ping");
        assertThat(report.get("latency")).hasSize(2 * (Contenders.ALL.size() - 1));
        assertThat(report.at("/memory/0/perKey").asDouble()).isPositive();
        assertThat(report.get("waiters")).hasSize(4);
        assertThat(report.get("sdk"))
                .hasSize(6)
                .allSatisfy(result -> assertThat(result.get("addedBytes").asDouble())
                        .as(result.toString())
                        .isPositive());
    }

    private static List<String> names(JsonNode results) {
        List<String> names = new ArrayList<>();
        results.forEach(result -> names.add(result.at("/contender/name").asText()));
        return names;
    }

    @Test
    void onlyWhatIsChosenIsMeasuredAndShownAsTables() {
        assertThat(run(SMALL + "scripts throughput latency memory --contenders evalsha,keycoord"))
                .isZero();

        assertThat(out.toString())
                .contains("seed 7, 2 threads", "Redis", "Jedis 8.")
                .contains("| contender | cycles/s |", "of evalsha", "| keycoord  |")
                .contains("| accounts |", "1.00 + 1.00", "Redis memory, 10 accounts")
                .contains("| offered/s |")
                .doesNotContain("waiters on a dry pool", "bucket4j", "redisson");
        assertThat(err.toString()).contains("throughput: warm-up").doesNotContain("waiters:");
    }
}
