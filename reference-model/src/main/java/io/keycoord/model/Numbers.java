package io.keycoord.model;

/** Integer arithmetic that Java 17 lacks. */
final class Numbers {
    private Numbers() {}

    static long ceilDiv(long dividend, long divisor) {
        return -Math.floorDiv(-dividend, divisor);
    }
}
