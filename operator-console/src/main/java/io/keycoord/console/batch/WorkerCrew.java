package io.keycoord.console.batch;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The workers of a run. One that dies is replaced, unless its place has lost three in a row without an answer between.
 * Not safe for use by several threads.
 */
final class WorkerCrew {
    private static final int FUTILE_STARTS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    private static final Comparator<Map.Entry<Integer, Member>> LEAST_BUSY = Comparator.comparingInt(
                    (Map.Entry<Integer, Member> entry) -> entry.getValue().outstanding)
            .thenComparing(Map.Entry::getKey);

    private final Worker.Launcher launcher;
    private final Consumer<WorkerEvent> events;
    private final Map<Integer, Member> members = new HashMap<>();
    private int launched;

    private static final class Member {
        final Worker worker;
        final int place;
        int outstanding;
        int futileStarts;
        boolean ready;

        Member(Worker worker, int place, int futileStarts) {
            this.worker = worker;
            this.place = place;
            this.futileStarts = futileStarts;
        }
    }

    WorkerCrew(Worker.Launcher launcher, Consumer<WorkerEvent> events) {
        this.launcher = launcher;
        this.events = events;
    }

    void start(int places) throws IOException {
        for (int place = 0; place < places; place++) {
            launch(place, 0);
        }
    }

    private void launch(int place, int futileStarts) throws IOException {
        int number = launched++;
        members.put(number, new Member(launcher.launch(number, events), place, futileStarts));
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    void onReady(int number) {
        member(number).ifPresent(member -> member.ready = true);
    }

    void onAnswer(int number) {
        member(number).ifPresent(member -> {
            member.outstanding--;
            member.futileStarts = 0;
        });
    }

    /** The ready worker with the least to do; empty if none is ready. */
    Optional<Integer> leastBusy() {
        return members.entrySet().stream()
                .filter(entry -> entry.getValue().ready)
                .min(LEAST_BUSY)
                .map(Map.Entry::getKey);
    }

    void send(int number, Frame.Ask ask) {
        member(number).ifPresent(member -> {
            member.outstanding++;
            member.worker.send(ask);
        });
    }

    void kill(int number) {
        member(number).ifPresent(member -> member.worker.kill());
    }

    /** The worker is gone. Returns false if its place stays empty. */
    boolean replace(int number) throws IOException {
        Member dead = members.remove(number);
        if (dead == null || dead.futileStarts + 1 >= FUTILE_STARTS) {
            return false;
        }
        launch(dead.place, dead.futileStarts + 1);
        return true;
    }

    void forget(int number) {
        members.remove(number);
    }

    /** Ends all workers: gently at first, after a few seconds at once. */
    void finishAll() {
        List<Member> all = new ArrayList<>(members.values());
        members.clear();
        all.forEach(member -> member.worker.finish());
        long end = System.nanoTime() + PATIENCE.toNanos();
        all.forEach(member -> member.worker.awaitEnd(Duration.ofNanos(Math.max(0, end - System.nanoTime()))));
    }

    private Optional<Member> member(int number) {
        return Optional.ofNullable(members.get(number));
    }
}
