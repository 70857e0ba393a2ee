package io.keycoord.benchmarks.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What can be measured. */
enum Section {
    /** Cycles a second of all contenders. */
    THROUGHPUT(9),
    /** Time within Redis by the size of the pool. */
    SCRIPTS(4),
    /** Time of a cycle when callers come at a fixed rate. */
    LATENCY(5),
    /** Memory of keys and leases in Redis. */
    MEMORY(1),
    /** Many callers on a dry pool. */
    WAITERS(2),
    /** What the SDK adds to a call, without Redis. */
    SDK(8);

    /**
     * The section of this name, in letters of any size.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Section named(String name) {
        return Arrays.stream(values())
                .filter(section -> section.word().equals(name.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("section is " + name + ", expected one of " + names()));
    }

    private static String names() {
        return Arrays.stream(values()).map(Section::word).collect(Collectors.joining(", "));
    }

    /** As it is written on the command line. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Its share of the time of a run, beside those of the other sections. */
    final int share;

    Section(int share) {
        this.share = share;
    }
}
