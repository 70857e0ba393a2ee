package io.keycoord.console.demo;

import java.time.Duration;
import java.util.Optional;

/**
 * What a run of the demo is like. The times scale with its length, so that all of it is seen also in a short one.
 *
 * @param seconds how long demand is offered, 9 to 3600
 * @param workers worker JVMs, 2 to 16; one of them is killed
 * @param keys API keys, two to an account, 4 to 24
 * @param redis the server to use; empty for an embedded one
 * @param seed of the demand and of the simulated latencies
 */
record DemoSettings(int seconds, int workers, int keys, Optional<String> redis, long seed) {

    DemoSettings {
        range("--seconds", seconds, 9, 3600);
        range("--workers", workers, 2, 16);
        range("--keys", keys, 4, 24);
    }

    private static void range(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    option + " is " + value + ", expected a whole number from " + least + " to " + most);
        }
    }

    Duration length() {
        return Duration.ofSeconds(seconds);
    }

    /** The window of every limit: 10 s, or a third of a shorter run. The share is measured after the first one. */
    Duration window() {
        Duration third = Duration.ofMillis(seconds * 10L / 3 * 100);
        return third.compareTo(Duration.ofSeconds(10)) < 0 ? third : Duration.ofSeconds(10);
    }

    Duration leaseTtl() {
        return window().dividedBy(2);
    }

    Duration coolDown() {
        return window().dividedBy(2);
    }

    /** When one key's credential is revoked, for good. */
    Duration badFrom() {
        return length().dividedBy(3);
    }

    /** When another key begins to answer 500. */
    Duration failingFrom() {
        return length().dividedBy(2);
    }

    /** For how long it does. */
    Duration failingFor() {
        return length().dividedBy(6);
    }

    /** When one worker is killed. */
    Duration killAt() {
        return length().multipliedBy(2).dividedBy(3);
    }
}
