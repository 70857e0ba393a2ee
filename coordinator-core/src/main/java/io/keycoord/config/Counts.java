package io.keycoord.config;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/** How many, and each only once. */
final class Counts {
    private Counts() {}

    static void require(String name, int size, int min, int max) {
        if (size < min || size > max) {
            throw new IllegalArgumentException(name + " are " + size + ", expected " + min + " to " + max);
        }
    }

    static void requireDistinct(String name, Stream<String> ids) {
        Set<String> seen = new HashSet<>();
        ids.forEach(id -> {
            if (!seen.add(id)) {
                throw new IllegalArgumentException(name + " has " + id + " twice, expected distinct ids");
            }
        });
    }
}
