package io.keycoord.console.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.Priority;
import io.keycoord.console.WorkerJvm;
import io.keycoord.redis.Scripting;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class JvmWorkerTest {
    private static final Frame.Start START = new Frame.Start(
            "keycoord.json", "pool-1", "", Priority.NORMAL, "redis://:pass@localhost", Scripting.FUNCTIONS);

    private final BlockingQueue<WorkerEvent> events = new LinkedBlockingQueue<>();
    private final List<String> notes = new CopyOnWriteArrayList<>();
    private final List<Worker> workers = new CopyOnWriteArrayList<>();

    @AfterEach
    void endWorkers() {
        workers.forEach(Worker::kill);
    }

    @Test
    void framesGoBothWaysWhateverIsInThem() throws Exception {
        Worker worker = launch();
        String body = "{\"messages\":[\"line one\\nGrüße 🙂 \u2028 " + "x".repeat(200_000) + "\"]}";

        worker.send(new Frame.Ask(7, body, 1000));

        WorkerEvent.Said said = (WorkerEvent.Said) next();
        assertThat(said.frame()).isEqualTo(Answers.ok(new Frame.Ask(7, body, 1000)));
        assertThat(said.worker()).isEqualTo(5);
    }

    @Test
    void aWorkerEndsWhenNothingMoreComes() throws Exception {
        Worker worker = launch();

        worker.finish();
        worker.awaitEnd(Duration.ofSeconds(30));

        assertThat(next())
                .isInstanceOfSatisfying(
                        WorkerEvent.Ended.class,
                        ended -> assertThat(ended.why()).startsWith("exit code 0"));
    }

    @Test
    void aDeathIsToldWithItsLastWords() throws Exception {
        Worker worker = launch();

        worker.send(new Frame.Ask(1, "die", 1000));

        assertThat(next()).isEqualTo(new WorkerEvent.Ended(5, "exit code 9 (I die)"));
        assertThat(notes).contains("worker 5: started for pool-1", "worker 5: I die");
    }

    @Test
    void aKillIsToldAsAnEnd() throws Exception {
        Worker worker = launch();

        worker.kill();

        assertThat(next())
                .isInstanceOfSatisfying(
                        WorkerEvent.Ended.class,
                        ended -> assertThat(ended.why()).startsWith("exit code 137"));
    }

    @Test
    void aWorkerThatBabblesIsEnded() throws Exception {
        Worker worker = launch();

        worker.send(new Frame.Ask(1, "babble", 1000));

        assertThat(next())
                .isInstanceOfSatisfying(
                        WorkerEvent.Ended.class,
                        ended -> assertThat(ended.why()).startsWith("it wrote something that is no frame"));
    }

    @Test
    void theArgumentsOfAWorkerHoldNoAddress() throws Exception {
        launch();

        await().atMost(Duration.ofSeconds(30)).until(() -> !notes.isEmpty());
        assertThat(ProcessHandle.current()
                        .children()
                        .map(child -> child.info().commandLine().orElse("")))
                .anyMatch(line -> line.contains("FakeWorkerMain"))
                .noneMatch(line -> line.contains("pass"));
    }

    private Worker launch() throws Exception {
        ProcessBuilder command = WorkerJvm.of(FakeWorkerMain.class);
        Worker worker = JvmWorker.launch(command, 5, START, events::add, notes::add);
        workers.add(worker);
        assertThat(next())
                .isInstanceOfSatisfying(
                        WorkerEvent.Said.class, said -> assertThat(said.frame()).isInstanceOf(Frame.Ready.class));
        return worker;
    }

    private WorkerEvent next() throws InterruptedException {
        return Objects.requireNonNull(events.poll(30, TimeUnit.SECONDS), "an event within 30 s");
    }
}
