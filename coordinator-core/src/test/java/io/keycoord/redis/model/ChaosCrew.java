package io.keycoord.redis.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The worker JVMs that live, and one that stands by, for it takes a while until it runs. */
final class ChaosCrew implements AutoCloseable {
    final List<HistoryJvm> workers = new ArrayList<>();
    private HistoryJvm next;
    private int started;

    ChaosCrew(int size) throws IOException {
        for (int i = 0; i < size; i++) {
            workers.add(another());
        }
        next = another();
    }

    private HistoryJvm another() throws IOException {
        return new HistoryJvm(started++, ChaosWorker.class);
    }

    /** {@code kill -9} of one; the one in its place. */
    HistoryJvm replace(int position) throws IOException, InterruptedException {
        workers.get(position).kill();
        HistoryJvm taken = next;
        workers.set(position, taken);
        next = another();
        return taken;
    }

    int started() {
        return started;
    }

    @Override
    public void close() {
        workers.forEach(HistoryJvm::close);
        next.close();
    }
}
