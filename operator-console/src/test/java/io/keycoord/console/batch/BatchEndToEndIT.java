package io.keycoord.console.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.keycoord.console.ExitCode;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.simulator.Fault;
import io.keycoord.simulator.FaultKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole batches: parent, worker JVMs, an embedded Redis, a simulated provider. */
@Timeout(400)
class BatchEndToEndIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int LINES = 150;
    /** Requests of an account in two seconds, so that a run is still under way when a test comes to end something. */
    private static final int SLOWLY = 10;

    @TempDir
    Path dir;

    @Test
    void fourWorkersAnswerEveryLineWithinTheLimits() throws Exception {
        try (Batches batches = new Batches(dir, 20)) {
            batches.writeInput(LINES);

            assertThat(batches.run()).as(batches.printed("err.txt")).isEqualTo(ExitCode.OK);

            assertThat(batches.output()).hasSize(LINES).allSatisfy((id, line) -> assertAnswered(line));
            assertThat(batches.output().values())
                    .extracting(line -> line.path("custom_id").asText())
                    .contains("line-1", "c3");
            assertThat(batches.counts().answered(429)).isZero();
            assertThat(batches.counts().completed()).isEqualTo(LINES);
            assertThat(batches.printed("out.txt"))
                    .containsPattern("answered +150 ")
                    .containsPattern("failed +0");
            assertThat(batches.printed("out.txt") + batches.printed("err.txt")).doesNotContain("sim-secret", "\u001B");
        }
    }

    @Test
    void aServerThatRunsNoScriptsOfItsUsersServesByFunctions() throws Exception {
        try (Batches batches = new Batches(dir, 50);
                EmbeddedRedis redis = EmbeddedRedis.builder()
                        .config("user default on nopass ~* &* +@all -@scripting +fcall +function|load")
                        .start()) {
            batches.writeInput(6);

            assertThat(batches.run("--redis", redis.uri().toString(), "--functions", "--workers", "2"))
                    .as(batches.printed("err.txt"))
                    .isEqualTo(ExitCode.OK);

            assertThat(batches.output()).hasSize(6).allSatisfy((id, line) -> assertAnswered(line));
        }
    }

    @Test
    void aKilledWorkerCostsNoLine() throws Exception {
        try (Batches batches = new Batches(dir, SLOWLY)) {
            batches.writeInput(LINES);
            Process parent = batches.start();
            await().atMost(PATIENCE).until(() -> batches.outputLines() >= 20);

            ProcessHandle victim = workers(parent).findFirst().orElseThrow();
            victim.destroyForcibly();

            assertThat(batches.exitCode(parent)).as(batches.printed("err.txt")).isEqualTo(ExitCode.OK);
            assertThat(batches.output()).hasSize(LINES).allSatisfy((id, line) -> assertAnswered(line));
            assertThat(batches.printed("out.txt")).contains("workers lost 1");
            assertThat(batches.counts().answered(429)).isZero();
        }
    }

    @Test
    @Tag("proof")
    void aKilledParentTakesItsWorkersAlongAndTheNextRunGoesOn() throws Exception {
        try (Batches batches = new Batches(dir, SLOWLY)) {
            batches.writeInput(LINES);
            Process parent = batches.start();
            await().atMost(PATIENCE).until(() -> batches.outputLines() >= 40);
            List<ProcessHandle> children = parent.descendants().toList();

            parent.destroyForcibly();
            batches.exitCode(parent);
            await().atMost(PATIENCE).until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
            long before = batches.outputLines();
            Files.writeString(dir.resolve("out.jsonl"), "{\"id\":\"line-", StandardOpenOption.APPEND);

            assertThat(before).isLessThan(LINES);
            assertThat(batches.run()).as(batches.printed("err.txt")).isEqualTo(ExitCode.OK);
            assertThat(batches.output()).hasSize(LINES).allSatisfy((id, line) -> assertAnswered(line));
            assertThat(batches.printed("out.txt")).contains(before + " done before");
            assertThat(batches.counts().answered(429)).isZero();
        }
    }

    @Test
    @Tag("proof")
    void aTerminatedRunEndsItsCallsAndNoLineIsAskedTwice() throws Exception {
        try (Batches batches = new Batches(dir, SLOWLY)) {
            batches.writeInput(LINES);
            Process parent = batches.start();
            await().atMost(PATIENCE).until(() -> batches.outputLines() >= 30);

            parent.destroy();

            assertThat(batches.exitCode(parent)).as(batches.printed("err.txt")).isEqualTo(ExitCode.INTERRUPTED);
            assertThat(batches.outputLines())
                    .isEqualTo(batches.counts().completed())
                    .isLessThan(LINES);
            assertThat(batches.printed("out.txt")).contains("answered");

            assertThat(batches.run()).as(batches.printed("err.txt")).isEqualTo(ExitCode.OK);
            assertThat(batches.output()).hasSize(LINES).allSatisfy((id, line) -> assertAnswered(line));
            assertThat(batches.counts().completed()).isEqualTo(LINES);
        }
    }

    @Test
    void aSecondParentIsRefused() throws Exception {
        try (Batches batches = new Batches(dir, 2)) {
            batches.writeInput(LINES);
            Process parent = batches.start("--workers", "1");
            await().atMost(PATIENCE).until(() -> batches.outputLines() >= 5);

            Process second = batches.start("--workers", "1");

            assertThat(batches.exitCode(second)).isEqualTo(ExitCode.USAGE);
            assertThat(batches.printed("err.txt")).contains("is being written by another keycoord batch");
            assertThat(parent.isAlive()).isTrue();
        }
    }

    @Test
    void faultsAreRetriedAndTheCallersOwnMistakesAreAnswers() throws Exception {
        try (Batches batches = new Batches(dir, 50)) {
            batches.writeInput(10);
            Files.writeString(
                    dir.resolve("in.jsonl"),
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}\nnonsense\n",
                    StandardOpenOption.APPEND);
            batches.provider.script(Fault.ofAll(FaultKind.SERVER_ERROR).withCalls(6));

            assertThat(batches.run("--workers", "2"))
                    .as(batches.printed("err.txt"))
                    .isEqualTo(ExitCode.FAILED);

            assertThat(batches.output()).hasSize(12);
            assertThat(batches.line("line-11").at("/response/status_code").asInt())
                    .isBetween(400, 499);
            assertThat(batches.line("line-12").at("/error/code").asText()).isEqualTo("invalid_json");
            for (int i = 1; i <= 10; i++) {
                assertAnswered(batches.line("line-" + i));
            }
        }
    }

    @Test
    void linesThatFailedAreAskedAgainOnDemand() throws Exception {
        try (Batches batches = new Batches(dir, 50)) {
            batches.writeInput(6);
            String fault = batches.provider.script(Fault.ofAll(FaultKind.OVERLOADED));

            assertThat(batches.run("--workers", "1", "--deadline", "2s")).isEqualTo(ExitCode.FAILED);
            assertThat(batches.output())
                    .hasSize(6)
                    .allSatisfy((id, line) ->
                            assertThat(line.path("error").path("code").asText()).isNotEmpty());

            batches.provider.clearFault(fault);
            assertThat(batches.run("--workers", "1")).isEqualTo(ExitCode.FAILED);
            assertThat(batches.run("--workers", "1", "--retry-failed"))
                    .as(batches.printed("err.txt"))
                    .isEqualTo(ExitCode.OK);
            assertThat(batches.output()).hasSize(6).allSatisfy((id, line) -> assertAnswered(line));
        }
    }

    private static Stream<ProcessHandle> workers(Process parent) {
        return parent.children()
                .filter(child -> child.info().commandLine().orElse("").contains("WorkerMain"));
    }

    private static void assertAnswered(JsonNode line) {
        assertThat(line.path("error").isNull()).as(line.toString()).isTrue();
        assertThat(line.path("response").path("status_code").asInt()).isEqualTo(200);
        assertThat(line.at("/response/body/choices/0/message/content").asText()).isNotEmpty();
    }
}
