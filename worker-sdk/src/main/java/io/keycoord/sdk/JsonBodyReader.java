package io.keycoord.sdk;

import io.keycoord.Usage;
import java.util.Optional;

/** Reads a JSON body as it passes, without holding it: at most one string of a megabyte. */
final class JsonBodyReader implements UsageReader {
    private final UsageFields counts;
    private final AnswerScan scan;
    private final boolean mustSay;
    private boolean empty = true;

    /** {@code mustSay}: whether an answer without a byte is none. */
    JsonBodyReader(boolean cacheReadsCount, boolean mustSay) {
        this.mustSay = mustSay;
        counts = new UsageFields(cacheReadsCount);
        scan = new AnswerScan(counts);
    }

    @Override
    public void read(byte[] bytes, int offset, int count) {
        empty = empty && UsageReader.isBlank(bytes, offset, count);
        scan.read(bytes, offset, count);
    }

    /** Whether it has given up, so that nothing is held any more. */
    boolean isUnreadable() {
        return scan.isUnreadable();
    }

    @Override
    public boolean isComplete() {
        return scan.isWhole();
    }

    /** By its last bracket, unless something in it is too large to be looked at. */
    @Override
    public boolean saysWhenComplete() {
        boolean tooLarge = scan.isUnreadable() && !scan.isMalformed();
        return empty ? mustSay : !tooLarge;
    }

    @Override
    public Optional<Usage> usage() {
        return counts.usage();
    }

    @Override
    public boolean hasFailed() {
        return scan.hasFailed();
    }

    @Override
    public Optional<ErrorAnswer> error() {
        return scan.error();
    }
}
