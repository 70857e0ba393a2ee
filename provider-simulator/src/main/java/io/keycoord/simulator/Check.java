package io.keycoord.simulator;

import java.time.Duration;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Refusals that name the argument, its value and what was expected. */
final class Check {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private Check() {}

    static void that(boolean holds, Supplier<String> message) {
        if (!holds) {
            throw new IllegalArgumentException(message.get());
        }
    }

    static void range(String name, long value, long least, long most) {
        that(value >= least && value <= most, () -> name + " is " + value + ", expected " + least + " to " + most);
    }

    static void duration(String name, Duration value, Duration least, Duration most) {
        that(
                value.compareTo(least) >= 0 && value.compareTo(most) <= 0,
                () -> name + " is " + Durations.text(value) + ", expected " + Durations.text(least) + " to "
                        + Durations.text(most));
    }

    static void id(String name, String value) {
        that(ID.matcher(value).matches(), () -> name + " is '" + value + "', expected " + ID.pattern());
    }
}
