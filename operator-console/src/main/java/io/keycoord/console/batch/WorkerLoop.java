package io.keycoord.console.batch;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * The worker's side of the frames: reads them from its parent until that closes the stream or is gone, and makes each
 * call on a thread of its own. The parent bounds how many there are.
 */
final class WorkerLoop {
    private final BufferedReader in;
    private final PrintStream out;

    WorkerLoop(InputStream in, PrintStream out) {
        this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        this.out = out;
    }

    /** The parent's first frame. */
    Frame.Start start() throws IOException {
        String line = in.readLine();
        if (line != null && Frame.read(line) instanceof Frame.Start start) {
            return start;
        }
        throw new IOException("the parent said something else than how to start");
    }

    /** Answers calls until the parent has no more. Calls under way then are left to the caller. */
    void serve(Function<Frame.Ask, Frame.Answer> calls) throws IOException {
        ExecutorService threads = Executors.newCachedThreadPool(daemons());
        say(new Frame.Ready(ProcessHandle.current().pid()));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (Frame.read(line) instanceof Frame.Ask ask) {
                threads.execute(() -> say(calls.apply(ask)));
            }
        }
        threads.shutdown();
    }

    /** Writes a frame as one line. */
    void say(Frame frame) {
        String line = Frame.write(frame);
        synchronized (out) {
            out.print(line + "\n");
            out.flush();
        }
    }

    private static ThreadFactory daemons() {
        AtomicInteger number = new AtomicInteger();
        return body -> {
            Thread thread = new Thread(body, "call-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
