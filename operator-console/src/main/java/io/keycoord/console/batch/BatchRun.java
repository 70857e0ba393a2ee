package io.keycoord.console.batch;

import io.keycoord.console.batch.file.BatchFiles;
import io.keycoord.console.batch.file.OutputLine;
import io.keycoord.console.batch.file.ParsedLine;
import io.keycoord.sdk.CallWindow;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * One run of a batch: hands lines to workers, takes their answers, asks again what may succeed later, and writes each
 * line once. A single thread, {@link #run}, owns everything; workers and {@link #stop} reach it through one queue.
 *
 * <p>A line whose worker dies is asked again by another, so towards the provider a call is made at least once. A line
 * that was with three dying workers is given an error, so that one that kills its worker does not go on for ever.
 */
final class BatchRun {
    private static final int MAX_DEATHS = 3;
    private static final Duration TICK = Duration.ofMillis(200);
    private static final Duration STUCK = Duration.ofSeconds(30);

    private final BatchFiles files;
    private final BatchSettings settings;
    private final WorkerCrew crew;
    private final Progress progress;
    private final BlockingQueue<WorkerEvent> events = new LinkedBlockingQueue<>();
    private final CallWindow window;
    private final Map<Integer, OpenLine> inFlight = new HashMap<>();
    private final PriorityQueue<OpenLine> resting = new PriorityQueue<>(
            Comparator.<OpenLine>comparingLong(line -> line.dueAt).thenComparing(line -> line.index));
    private final RunTally tally = new RunTally(System.nanoTime());
    private final Rate rate = new Rate();
    private int next;
    private boolean stopping;
    private long stopAt;
    private long forcedAt;

    BatchRun(BatchFiles files, BatchSettings settings, Worker.Launcher launcher, Progress progress) {
        this.files = files;
        this.settings = settings;
        this.crew = new WorkerCrew(launcher, events::add);
        this.progress = progress;
        this.window = new CallWindow(settings.maxConcurrent());
    }

    /** Asks the run to send nothing more and to end when the calls in flight have, at the latest after the grace. */
    void stop() {
        events.add(new WorkerEvent.Stop());
    }

    RunTally tally() {
        return tally;
    }

    /**
     * Runs until every line has an output, or until it was stopped. In any case all workers have ended on return.
     *
     * @return whether every line has an output
     * @throws RunFailedException if no worker can be kept alive
     * @throws IOException if a file cannot be read or written
     */
    boolean run() throws IOException, RunFailedException, InterruptedException {
        try {
            next = files.nextOpen(0);
            if (!isFinished()) {
                crew.start(Math.min(settings.workers(), files.input().size() - files.done()));
            }
            while (!isFinished()) {
                step();
            }
            return files.done() == files.input().size();
        } finally {
            crew.finishAll();
            files.force();
            showProgress(System.nanoTime());
            progress.end();
        }
    }

    private boolean isFinished() {
        if (stopping) {
            return inFlight.isEmpty() || System.nanoTime() - stopAt >= 0;
        }
        return next >= files.input().size() && inFlight.isEmpty() && resting.isEmpty();
    }

    private void step() throws IOException, RunFailedException, InterruptedException {
        long now = System.nanoTime();
        dispatch(now);
        WorkerEvent event = events.poll(untilNextTurn(now), TimeUnit.NANOSECONDS);
        while (event != null) {
            handle(event, System.nanoTime());
            event = events.poll();
        }
        endStuckWorkers(System.nanoTime());
        showProgress(System.nanoTime());
    }

    private long untilNextTurn(long now) {
        OpenLine first = resting.peek();
        return first == null ? TICK.toNanos() : Math.max(0, Math.min(TICK.toNanos(), first.dueAt - now));
    }

    // --- out: lines to workers

    private void dispatch(long now) throws IOException {
        while (!stopping && inFlight.size() < window.size()) {
            Optional<Integer> worker = crew.leastBusy();
            if (worker.isEmpty() || !dispatchOne(worker.get(), now)) {
                return;
            }
        }
    }

    private boolean dispatchOne(int worker, long now) throws IOException {
        OpenLine due = resting.peek();
        if (due != null && due.dueAt - now <= 0) {
            send(resting.remove(), worker, now);
            return true;
        }
        if (next >= files.input().size()) {
            return false;
        }
        ParsedLine parsed = files.input().line(next);
        if (parsed instanceof ParsedLine.Bad bad) {
            write(OutputLine.failed(bad.number(), bad.customId(), bad.code(), bad.message()));
        } else if (parsed instanceof ParsedLine.Request request) {
            send(new OpenLine(next, request, now + settings.deadline().toNanos()), worker, now);
        }
        next = files.nextOpen(next + 1);
        return true;
    }

    private void send(OpenLine line, int worker, long now) throws IOException {
        if (!(files.input().line(line.index) instanceof ParsedLine.Request request)) {
            throw new IOException("line " + line.number + " of the input has changed during the run");
        }
        line.attempts++;
        line.worker = worker;
        line.ticket = window.onSent();
        inFlight.put(line.index, line);
        long leftMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(line.deadlineAt - now));
        crew.send(worker, new Frame.Ask(line.index, request.body(), leftMs));
    }

    // --- in: what workers tell

    private void handle(WorkerEvent event, long now) throws IOException, RunFailedException {
        if (event instanceof WorkerEvent.Stop && !stopping) {
            stopping = true;
            stopAt = now + settings.grace().toNanos();
            progress.note("stopping: " + inFlight.size() + " calls in flight may end");
        } else if (event instanceof WorkerEvent.Ended ended) {
            onEnded(ended, now);
        } else if (event instanceof WorkerEvent.Said said) {
            onFrame(said.worker(), said.frame(), now);
        }
    }

    private void onFrame(int worker, Frame frame, long now) throws IOException, RunFailedException {
        if (frame instanceof Frame.Ready) {
            crew.onReady(worker);
        } else if (frame instanceof Frame.Fatal fatal) {
            throw new RunFailedException("worker " + worker + " cannot work: " + fatal.message());
        } else if (frame instanceof Frame.Answer answer) {
            OpenLine line = inFlight.get(answer.line());
            if (line != null && line.worker == worker) {
                inFlight.remove(answer.line());
                crew.onAnswer(worker);
                tally.onAnswer(answer, now);
                onAnswer(line, answer, now);
            }
        }
    }

    private void onAnswer(OpenLine line, Frame.Answer answer, long now) throws IOException {
        if (answer.verdict() == Frame.Verdict.OVERLOADED) {
            window.onOverload(line.ticket);
        }
        if (answer.verdict() == Frame.Verdict.ANSWERED) {
            window.onAnswer();
            write(OutputLine.answered(line.number, line.customId, answer.status(), answer.requestId(), answer.body()));
        } else if (answer.verdict() == Frame.Verdict.HOPELESS) {
            fail(line, answer.code(), answer.message());
        } else {
            retry(line, answer, now);
        }
    }

    private void retry(OpenLine line, Frame.Answer answer, long now) throws IOException {
        Duration rest = settings.retryDelay()
                .after(line.attempts, Duration.ofMillis(answer.retryAfterMs()), RandomGenerator.getDefault());
        line.dueAt = now + rest.toNanos();
        if (line.dueAt - line.deadlineAt < 0) {
            rest(line);
        } else if (!stopping) {
            String within = " within " + settings.deadline().toMillis() + " ms, in " + line.attempts + " calls";
            fail(line, answer.code(), answer.message() + ";" + within);
        }
    }

    private void rest(OpenLine line) {
        line.worker = -1;
        resting.add(line);
        tally.onRetry();
    }

    private void onEnded(WorkerEvent.Ended ended, long now) throws IOException, RunFailedException {
        List<OpenLine> orphans = new ArrayList<>();
        inFlight.values().stream().filter(line -> line.worker == ended.worker()).forEach(orphans::add);
        orphans.sort(Comparator.comparingInt(line -> line.index));
        for (OpenLine line : orphans) {
            inFlight.remove(line.index);
            orphaned(line, now);
        }
        if (stopping) {
            crew.forget(ended.worker());
            return;
        }
        tally.onDeath();
        boolean replaced = crew.replace(ended.worker());
        progress.note("worker " + ended.worker() + " ended: " + ended.why() + "; " + orphans.size()
                + " lines are asked again" + (replaced ? ", another worker starts" : ""));
        if (crew.isEmpty()) {
            throw new RunFailedException("no worker stays alive; the last one ended: " + ended.why());
        }
    }

    private void orphaned(OpenLine line, long now) throws IOException {
        if (++line.deaths >= MAX_DEATHS) {
            fail(line, "worker_died", "line " + line.number + " was with " + line.deaths + " workers when they died");
        } else {
            line.dueAt = now;
            rest(line);
        }
    }

    // A worker that does not even report that a call's time is over hangs; its lines go to others.
    private void endStuckWorkers(long now) {
        inFlight.values().stream()
                .filter(line -> now - line.deadlineAt > STUCK.toNanos())
                .map(line -> line.worker)
                .distinct()
                .forEach(crew::kill);
    }

    private void fail(OpenLine line, String code, String message) throws IOException {
        write(OutputLine.failed(line.number, line.customId, code, message));
    }

    private void write(OutputLine line) throws IOException {
        files.append(line);
        tally.onWritten(line.errorCode().isPresent());
    }

    private void showProgress(long now) throws IOException {
        if (now - forcedAt > Duration.ofSeconds(1).toNanos()) {
            forcedAt = now;
            files.force();
            rate.sample(now, (long) tally.answered() + tally.failed());
        }
        int left = files.input().size() - files.done();
        progress.show(new Progress.Snapshot(
                files.done(),
                files.input().size(),
                tally.failed(),
                inFlight.size(),
                window.size(),
                tally.keysInUse(now),
                rate.perSecond(),
                rate.timeFor(left),
                tally.elapsed(now)));
    }
}
