package io.keycoord.benchmarks.cli;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * What to measure, and for how long.
 *
 * @param sections at least one
 * @param contenders names, at least one
 * @param seconds of the whole run, about, 1 to 3,600
 * @param threads callers at a time, 1 to 256
 * @param accounts of the pools, but for the section of the sizes, 1 to 100,000
 * @param sizes accounts of the pools of that section
 * @param rates callers a second of the section of the latency, 1 to 100,000
 * @param waiters callers on the dry pool, 1 to 5,000
 */
record Settings(
        List<Section> sections,
        List<String> contenders,
        int seconds,
        int threads,
        int accounts,
        List<Integer> sizes,
        List<Integer> rates,
        int waiters,
        long seed) {

    private static final int MOST_ACCOUNTS = 100_000;

    /**
     * Checks the components and puts the sections into their order.
     *
     * @throws IllegalArgumentException if one is out of its range; it names the option of the command line
     */
    Settings {
        sections = sections.stream()
                .distinct()
                .sorted(Comparator.comparing(Section::ordinal))
                .toList();
        contenders = contenders.stream().distinct().toList();
        sizes = List.copyOf(sizes);
        rates = List.copyOf(rates);
        require("--seconds", seconds, 3_600);
        require("--threads", threads, 256);
        require("--accounts", accounts, MOST_ACCOUNTS);
        sizes.forEach(size -> require("--sizes", size, MOST_ACCOUNTS));
        rates.forEach(rate -> require("--rates", rate, 100_000));
        require("--waiters", waiters, 5_000);
        if (sizes.stream().distinct().count() < sizes.size()) {
            throw new IllegalArgumentException("--sizes is " + sizes + ", expected each size once");
        }
    }

    private static void require(String option, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(option + " is " + value + ", expected 1 to " + most);
        }
    }

    /** How long a section may take, for the chosen ones share the time. */
    Duration time(Section section) {
        long all = sections.stream().mapToLong(each -> each.share).sum();
        return Duration.ofSeconds(seconds).multipliedBy(section.share).dividedBy(all);
    }
}
