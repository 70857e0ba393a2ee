package io.keycoord.console.batch;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Workers within this JVM that do what a test says. */
final class ScriptedWorkers implements Worker.Launcher {

    /** What a worker does with a call. It may answer, say that it ended, or keep silent. */
    interface Script {
        void ask(int worker, Frame.Ask ask, Consumer<WorkerEvent> events);
    }

    final List<Frame.Ask> asked = new CopyOnWriteArrayList<>();
    final AtomicInteger launched = new AtomicInteger();
    final Map<Integer, String> ended = new ConcurrentHashMap<>();
    private final Script script;

    ScriptedWorkers(Script script) {
        this.script = script;
    }

    static ScriptedWorkers answering(java.util.function.Function<Frame.Ask, Frame.Answer> answers) {
        return new ScriptedWorkers(
                (worker, ask, events) -> events.accept(new WorkerEvent.Said(worker, answers.apply(ask))));
    }

    @Override
    public Worker launch(int number, Consumer<WorkerEvent> events) {
        launched.incrementAndGet();
        events.accept(new WorkerEvent.Said(number, new Frame.Ready(number)));
        return new Worker() {
            @Override
            public void send(Frame frame) {
                if (frame instanceof Frame.Ask ask) {
                    asked.add(ask);
                    script.ask(number, ask, events);
                }
            }

            @Override
            public void kill() {
                ended.put(number, "killed");
            }

            @Override
            public void finish() {
                ended.put(number, "finished");
            }

            @Override
            public void awaitEnd(Duration limit) {}
        };
    }
}
