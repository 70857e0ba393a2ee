package io.keycoord.benchmarks.cli;

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
    WAITERS(2);

    /** Its share of the time of a run, beside those of the other sections. */
    final int share;

    Section(int share) {
        this.share = share;
    }
}
