package io.keycoord.console.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The worker JVMs of a run. Closed, none of them is left. */
final class Crew implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration END = Duration.ofSeconds(20);

    private final List<WorkerProcess> workers = new ArrayList<>();

    /** Starts them all; they start up side by side. */
    Crew(List<WorkerOrder> orders, DemandLog log, Consumer<String> notes) throws IOException {
        try {
            for (WorkerOrder order : orders) {
                workers.add(WorkerProcess.launch(order, log, notes));
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    void awaitReady() throws InterruptedException {
        for (WorkerProcess worker : workers) {
            worker.awaitReady(START);
        }
    }

    /** Starts the demand everywhere at an instant, milliseconds since the epoch. */
    void go(long epochMs) {
        workers.forEach(worker -> worker.say(WorkerOrder.GO + epochMs));
    }

    /** The one that is killed. */
    WorkerProcess victim() {
        return workers.get(workers.size() - 1);
    }

    /** Workers that are gone though nobody killed them. */
    List<String> lost() {
        return workers.stream()
                .filter(worker -> worker != victim() && worker.isGone())
                .map(worker -> worker.id() + " (" + worker.lastWords() + ")")
                .toList();
    }

    /** Ends the demand, waits for all to end, and names those that did not end in order though nobody killed them. */
    List<String> finish() throws InterruptedException {
        workers.forEach(worker -> worker.say(WorkerOrder.STOP));
        List<String> broken = new ArrayList<>();
        for (WorkerProcess worker : workers) {
            if (!worker.awaitEnd(END) && worker != victim()) {
                broken.add(worker.id() + " (" + worker.lastWords() + ")");
            }
        }
        return broken;
    }

    @Override
    public void close() {
        workers.forEach(WorkerProcess::kill);
    }
}
