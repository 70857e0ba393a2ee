package io.keycoord.console.batch;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers what it was told. */
final class QuietProgress implements Progress {
    final List<String> notes = new CopyOnWriteArrayList<>();
    volatile int calls;
    volatile Snapshot last = new Snapshot(0, 0, 0, 0, 0, 0, 0, java.util.Optional.empty(), java.time.Duration.ZERO);

    @Override
    public void show(Snapshot now) {
        last = now;
        calls = 1;
    }

    @Override
    public void note(String text) {
        notes.add(text);
    }

    @Override
    public void end() {}
}
