package io.keycoord.console.batch;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** The rate at which a count has grown within the last half minute. */
final class Rate {
    private static final long SPAN_NANOS = Duration.ofSeconds(30).toNanos();

    private record Sample(long nanos, long count) {}

    private final Deque<Sample> samples = new ArrayDeque<>();

    void sample(long nowNanos, long count) {
        samples.addLast(new Sample(nowNanos, count));
        while (samples.size() > 2 && nowNanos - samples.getFirst().nanos() > SPAN_NANOS) {
            samples.removeFirst();
        }
    }

    double perSecond() {
        if (samples.size() < 2) {
            return 0;
        }
        Sample first = samples.getFirst();
        Sample last = samples.getLast();
        long nanos = last.nanos() - first.nanos();
        return nanos <= 0 ? 0 : (last.count() - first.count()) * 1e9 / nanos;
    }

    /** How long {@code count} more take at this rate; empty if nothing moves. */
    Optional<Duration> timeFor(long count) {
        double rate = perSecond();
        return rate <= 0 ? Optional.empty() : Optional.of(Duration.ofMillis(Math.round(count / rate * 1000)));
    }
}
