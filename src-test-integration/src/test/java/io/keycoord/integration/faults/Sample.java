package io.keycoord.integration.faults;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What one caller saw of one request or settlement.
 *
 * @param atMs when it came back, by the clock of this machine
 * @param tookUs how long that took
 * @param kind with what
 */
record Sample(long atMs, long tookUs, Kind kind) {
    enum Kind {
        GRANTED,
        /** Granted, and the caller woke up too late to use it. */
        LATE,
        /** A lease without limits, for Redis is away. */
        PASSED,
        DENIED,
        /** Redis did not answer. */
        UNAVAILABLE,
        /** Something nobody expects. */
        FAILED,
        /** A settlement has come back: Redis has taken it, or the worker keeps it. */
        SETTLED
    }

    static String text(List<Sample> samples) {
        return samples.stream()
                .map(s -> s.atMs + "/" + s.tookUs + "/" + s.kind)
                .collect(Collectors.joining(",", "[", "]"));
    }

    static List<Sample> parse(String text) {
        return Arrays.stream(text.substring(1, text.length() - 1).split(",", -1))
                .filter(word -> !word.isEmpty())
                .map(word -> word.split("/", -1))
                .map(parts -> new Sample(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Kind.valueOf(parts[2])))
                .toList();
    }

    static List<Sample> of(List<Sample> samples, Kind kind) {
        return samples.stream().filter(s -> s.kind == kind).toList();
    }

    static long count(List<Sample> samples, Kind kind) {
        return of(samples, kind).size();
    }

    /** How long the slowest took, in milliseconds. */
    static double longestMs(List<Sample> samples) {
        return percentileMs(samples, 1);
    }

    static double percentileMs(List<Sample> samples, double share) {
        List<Sample> sorted =
                samples.stream().sorted(Comparator.comparing(Sample::tookUs)).toList();
        if (sorted.isEmpty()) {
            return 0;
        }
        int index = (int) Math.ceil(share * sorted.size()) - 1;
        return sorted.get(Math.max(0, index)).tookUs / 1_000.0;
    }

    /** The most grants in any span of a second. */
    static int mostInASecond(List<Sample> samples) {
        long[] grants = of(samples, Kind.GRANTED).stream()
                .mapToLong(Sample::atMs)
                .sorted()
                .toArray();
        int most = 0;
        for (int first = 0, last = 0; last < grants.length; last++) {
            while (grants[last] - grants[first] >= 1_000) {
                first++;
            }
            most = Math.max(most, last - first + 1);
        }
        return most;
    }
}
