package io.keycoord.console.batch;

import io.keycoord.console.Durations;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** A line every few seconds, for logs. */
final class PlainProgress implements Progress {
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final PrintStream out;
    // guarded by this
    private Duration next = EVERY;

    PlainProgress(PrintStream out) {
        this.out = out;
    }

    @Override
    public synchronized void show(Snapshot now) {
        if (now.elapsed().compareTo(next) >= 0) {
            next = now.elapsed().plus(EVERY);
            out.println(line(now));
        }
    }

    @Override
    public synchronized void note(String text) {
        out.println(text);
    }

    @Override
    public void end() {}

    static String line(Snapshot now) {
        return String.format(
                Locale.ROOT,
                "%d/%d lines, %d failed, %.1f/s, %d in flight of %d, %d keys in use, %s",
                now.done(),
                now.total(),
                now.failed(),
                now.perSecond(),
                now.inFlight(),
                now.window(),
                now.keysInUse(),
                now.remaining().map(left -> Durations.show(left) + " left").orElse("time left unknown"));
    }
}
