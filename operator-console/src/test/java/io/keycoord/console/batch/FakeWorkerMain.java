package io.keycoord.console.batch;

import java.io.InputStream;
import java.io.PrintStream;

/**
 * A worker process that calls nobody. What it does with a call stands in the call's body: {@code die} ends the process,
 * {@code babble} writes something that is no frame, anything else is answered.
 */
public final class FakeWorkerMain {
    private FakeWorkerMain() {}

    public static void main(String[] args) throws Exception {
        InputStream in = System.in;
        PrintStream out = System.out;
        WorkerLoop loop = new WorkerLoop(in, out);
        Frame.Start start = loop.start();
        System.err.println("started for " + start.pool());
        loop.serve(ask -> {
            if (ask.body().contains("die")) {
                System.err.println("I die");
                Runtime.getRuntime().halt(9);
            }
            if (ask.body().contains("babble")) {
                out.println("Hello!");
            }
            return Answers.ok(ask);
        });
    }
}
