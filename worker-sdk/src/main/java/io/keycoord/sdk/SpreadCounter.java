package io.keycoord.sdk;

import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Counts into a {@link Spread}. Safe for use by many threads. */
final class SpreadCounter {
    private final LongAdder[] counts = IntStream.rangeClosed(0, Spread.BOUNDS.size())
            .mapToObj(i -> new LongAdder())
            .toArray(LongAdder[]::new);
    private final LongAdder reserved = new LongAdder();
    private final LongAdder used = new LongAdder();

    /** Of a call for which nothing was reserved, nothing is counted. */
    void note(long reservedTokens, long usedTokens) {
        if (reservedTokens <= 0) {
            return;
        }
        double ratio = (double) usedTokens / reservedTokens;
        int at = 0;
        while (at < Spread.BOUNDS.size() && ratio > Spread.BOUNDS.get(at)) {
            at++;
        }
        counts[at].increment();
        reserved.add(reservedTokens);
        used.add(usedTokens);
    }

    Spread read() {
        return new Spread(Stream.of(counts).map(LongAdder::sum).toList(), reserved.sum(), used.sum());
    }
}
