package io.keycoord.console.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.keycoord.console.batch.file.BatchFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BatchRunTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final RetryDelay AT_ONCE = new RetryDelay(Duration.ofMillis(1), Duration.ofMillis(2));

    @TempDir
    Path dir;

    private final QuietProgress progress = new QuietProgress();

    @Test
    void everyLineIsAnsweredOnce() throws Exception {
        ScriptedWorkers workers = ScriptedWorkers.answering(Answers::ok);
        writeInput(50);

        assertThat(run(workers, settings(3, 4, Duration.ofMinutes(1)))).isTrue();

        assertThat(output()).hasSize(50).allSatisfy((id, line) -> {
            assertThat(line.path("response").path("status_code").asInt()).isEqualTo(200);
            assertThat(line.path("error").isNull()).isTrue();
        });
        assertThat(workers.asked).hasSize(50);
        assertThat(workers.ended).hasSize(3).containsValue("finished").doesNotContainValue("killed");
    }

    @Test
    void aBadLineIsAnsweredWithItsMistakeAndTheOthersGoOn() throws Exception {
        ScriptedWorkers workers = ScriptedWorkers.answering(Answers::ok);
        Files.writeString(dir.resolve("in"), "nonsense\n{\"messages\":[1]}\n{\"messages\":5}\n");

        assertThat(run(workers, settings(1, 4, Duration.ofMinutes(1)))).isTrue();

        assertThat(line("line-1").path("error").path("code").asText()).isEqualTo("invalid_json");
        assertThat(line("line-3").path("error").path("message").asText()).startsWith("line 3 has 5 as messages");
        assertThat(workers.asked).hasSize(1);
    }

    @Test
    void neverMoreCallsThanAllowedAreInFlight() throws Exception {
        AtomicInteger inFlight = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        writeInput(200);
        try (Delayed delayed = new Delayed()) {
            ScriptedWorkers workers = new ScriptedWorkers((worker, ask, events) -> {
                most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
                delayed.run(() -> {
                    inFlight.decrementAndGet();
                    events.accept(new WorkerEvent.Said(worker, Answers.ok(ask)));
                });
            });
            run(workers, settings(2, 7, Duration.ofMinutes(1)));
        }

        assertThat(most).hasValue(7);
    }

    @Test
    void aCallThatMaySucceedLaterIsMadeAgain() throws Exception {
        Map<Integer, Integer> calls = new ConcurrentHashMap<>();
        writeInput(10);
        ScriptedWorkers workers = ScriptedWorkers.answering(ask -> calls.merge(ask.line(), 1, Integer::sum) < 3
                ? Answers.failed(ask, Frame.Verdict.RETRY, "http_503")
                : Answers.ok(ask));

        run(workers, settings(2, 4, Duration.ofMinutes(1)));

        assertThat(calls).hasSize(10).containsValue(3).doesNotContainValue(2);
        assertThat(output())
                .hasSize(10)
                .allSatisfy(
                        (id, line) -> assertThat(line.path("error").isNull()).isTrue());
    }

    @Test
    void theDeadlineEndsTheRetries() throws Exception {
        writeInput(3);
        ScriptedWorkers workers =
                ScriptedWorkers.answering(ask -> Answers.failed(ask, Frame.Verdict.RETRY, "http_503"));

        RetryDelay rest = new RetryDelay(Duration.ofMillis(100), Duration.ofMillis(100));
        Duration deadline = Duration.ofSeconds(2);

        assertThat(run(workers, new BatchSettings(1, 4, deadline, rest, Duration.ofSeconds(20))))
                .isTrue();

        assertThat(output()).hasSize(3).allSatisfy((id, line) -> {
            assertThat(line.path("response").isNull()).isTrue();
            assertThat(line.path("error").path("code").asText()).isEqualTo("http_503");
            assertThat(line.path("error").path("message").asText()).contains("within 2000 ms");
        });
        assertThat(workers.asked).hasSizeGreaterThan(3);
    }

    @Test
    void aHopelessCallIsNotRepeated() throws Exception {
        writeInput(1);
        ScriptedWorkers workers =
                ScriptedWorkers.answering(ask -> Answers.failed(ask, Frame.Verdict.HOPELESS, "impossible"));

        run(workers, settings(1, 4, Duration.ofMinutes(1)));

        assertThat(workers.asked).hasSize(1);
        assertThat(line("line-1").path("error").path("code").asText()).isEqualTo("impossible");
    }

    @Test
    void theLinesOfADeadWorkerGoToOthers() throws Exception {
        writeInput(20);
        ScriptedWorkers workers = new ScriptedWorkers((worker, ask, events) -> {
            if (worker == 0) {
                events.accept(new WorkerEvent.Ended(0, "exit code 137"));
            } else {
                events.accept(new WorkerEvent.Said(worker, Answers.ok(ask)));
            }
        });

        assertThat(run(workers, settings(2, 6, Duration.ofMinutes(1)))).isTrue();

        assertThat(output()).hasSize(20);
        assertThat(workers.launched).hasValue(3);
        assertThat(progress.notes).anyMatch(note -> note.contains("worker 0 ended: exit code 137"));
    }

    @Test
    void aLineThatKillsItsWorkersGetsAnError() throws Exception {
        writeInput(9);
        ScriptedWorkers workers = new ScriptedWorkers((worker, ask, events) -> events.accept(
                ask.body().contains("number 5")
                        ? new WorkerEvent.Ended(worker, "out of memory")
                        : new WorkerEvent.Said(worker, Answers.ok(ask))));

        assertThat(run(workers, settings(2, 1, Duration.ofMinutes(1)))).isTrue();

        assertThat(output()).hasSize(9);
        assertThat(line("line-5").path("error").path("code").asText()).isEqualTo("worker_died");
        assertThat(line("line-6").path("error").isNull()).isTrue();
    }

    @Test
    void aRunWhoseWorkersAllDieEndsAndCanGoOnLater() throws Exception {
        writeInput(9);
        ScriptedWorkers dying = new ScriptedWorkers(
                (worker, ask, events) -> events.accept(new WorkerEvent.Ended(worker, "exit code 1 (no memory)")));

        assertThatThrownBy(() -> run(dying, settings(2, 2, Duration.ofMinutes(1))))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining("no worker stays alive")
                .hasMessageContaining("no memory");
        assertThat(dying.launched).hasValue(6);

        assertThat(run(ScriptedWorkers.answering(Answers::ok), settings(2, 2, Duration.ofMinutes(1))))
                .isTrue();
        assertThat(output()).hasSize(9);
    }

    @Test
    void aWorkerThatCannotWorkEndsTheRun() throws Exception {
        writeInput(2);
        ScriptedWorkers workers = new ScriptedWorkers(
                (worker, ask, events) -> events.accept(new WorkerEvent.Said(worker, new Frame.Fatal("no such file"))));

        assertThatThrownBy(() -> run(workers, settings(1, 1, Duration.ofMinutes(1))))
                .isInstanceOf(RunFailedException.class)
                .hasMessage("worker 0 cannot work: no such file");
        assertThat(workers.ended).containsEntry(0, "finished");
    }

    @Test
    void aStoppedRunTakesTheAnswersInFlightAndGoesOnLater() throws Exception {
        writeInput(30);
        try (BatchFiles files = files();
                Delayed delayed = new Delayed();
                Delayed late = new Delayed()) {
            AtomicInteger asked = new AtomicInteger();
            BatchRun[] holder = new BatchRun[1];
            ScriptedWorkers workers = new ScriptedWorkers((worker, ask, events) -> {
                boolean last = asked.incrementAndGet() == 10;
                if (last) {
                    holder[0].stop();
                }
                (last ? late : delayed).run(() -> {
                    if (last) {
                        await().until(() -> !progress.notes.isEmpty() && progress.last.inFlight() == 1);
                    }
                    events.accept(new WorkerEvent.Said(worker, Answers.ok(ask)));
                });
            });
            holder[0] = new BatchRun(files, settings(1, 5, Duration.ofMinutes(1)), workers, progress);

            assertThat(holder[0].run()).isFalse();
            assertThat(files.done()).isEqualTo(asked.get()).isBetween(10, 14);
        }

        assertThat(run(ScriptedWorkers.answering(Answers::ok), settings(1, 5, Duration.ofMinutes(1))))
                .isTrue();
        assertThat(output()).hasSize(30);
    }

    @Test
    void aStoppedRunWaitsNoLongerThanItsGrace() throws Exception {
        writeInput(3);
        try (BatchFiles files = files()) {
            BatchRun[] holder = new BatchRun[1];
            ScriptedWorkers silent = new ScriptedWorkers((worker, ask, events) -> holder[0].stop());
            BatchSettings settings = new BatchSettings(1, 1, Duration.ofMinutes(1), AT_ONCE, Duration.ofMillis(50));
            holder[0] = new BatchRun(files, settings, silent, progress);

            assertThat(holder[0].run()).isFalse();
            assertThat(files.done()).isZero();
        }
    }

    @Test
    void overloadNarrowsTheWindowAndAnswersWidenIt() throws Exception {
        writeInput(400);
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger narrowest = new AtomicInteger(100);
        ScriptedWorkers workers = ScriptedWorkers.answering(ask -> {
            narrowest.accumulateAndGet(progress.calls > 0 ? progress.last.window() : 16, Math::min);
            return calls.incrementAndGet() == 100
                    ? Answers.failed(ask, Frame.Verdict.OVERLOADED, "http_429")
                    : Answers.ok(ask);
        });

        run(workers, settings(1, 16, Duration.ofMinutes(1)));

        assertThat(output()).hasSize(400);
        assertThat(narrowest.get()).isLessThan(10);
        assertThat(progress.last.window()).isEqualTo(16);
    }

    private void writeInput(int lines) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i <= lines; i++) {
            text.append("{\"messages\":[\"number ").append(i).append("\"]}\n");
        }
        Files.writeString(dir.resolve("in"), text);
    }

    private boolean run(ScriptedWorkers workers, BatchSettings settings) throws Exception {
        try (BatchFiles files = files()) {
            return new BatchRun(files, settings, workers, progress).run();
        }
    }

    private BatchFiles files() throws Exception {
        return BatchFiles.open(dir.resolve("in"), dir.resolve("out"), false);
    }

    private static BatchSettings settings(int workers, int maxConcurrent, Duration deadline) {
        return new BatchSettings(workers, maxConcurrent, deadline, AT_ONCE, Duration.ofSeconds(20));
    }

    private JsonNode line(String id) throws IOException {
        return output().getOrDefault(id, MissingNode.getInstance());
    }

    private Map<String, JsonNode> output() throws IOException {
        Map<String, JsonNode> lines = new TreeMap<>();
        for (String line : Files.readAllLines(dir.resolve("out"))) {
            JsonNode json = JSON.readTree(line);
            assertThat(lines.put(json.path("id").asText(), json)).as("twice").isNull();
        }
        return lines;
    }

    /** Runs things a little later, on another thread. */
    private static final class Delayed implements AutoCloseable {
        private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();

        void run(Runnable task) {
            executor.execute(task);
        }

        @Override
        public void close() {
            executor.shutdown();
        }
    }
}
