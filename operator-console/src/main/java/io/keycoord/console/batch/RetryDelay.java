package io.keycoord.console.batch;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long a line rests before it is asked again: twice as long each time, between half and the whole of it by chance,
 * and never shorter than what the provider or the coordinator asked for.
 *
 * @param first the rest after the first failure
 * @param longest no rest of our own choice is longer
 */
record RetryDelay(Duration first, Duration longest) {
    static final RetryDelay STANDARD = new RetryDelay(Duration.ofSeconds(1), Duration.ofSeconds(30));

    Duration after(int attempts, Duration hint, RandomGenerator random) {
        int doublings = Math.min(attempts - 1, 20);
        long ceilingMs = Math.min(longest.toMillis(), first.toMillis() << doublings);
        Duration backOff = Duration.ofMillis(Math.round(ceilingMs * (0.5 + random.nextDouble() / 2)));
        return hint.compareTo(backOff) > 0 ? hint : backOff;
    }
}
