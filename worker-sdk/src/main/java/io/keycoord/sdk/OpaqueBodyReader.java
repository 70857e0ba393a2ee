package io.keycoord.sdk;

import io.keycoord.Usage;
import java.util.Optional;

/** For answers that say nothing of themselves: audio, images, plain text. */
final class OpaqueBodyReader implements UsageReader {
    private final boolean mustSay;
    private final boolean page;
    private boolean empty = true;

    /**
     * Creates a reader.
     *
     * @param mustSay whether an answer without a byte is none
     * @param page whether it is a page for people, which no model answers with
     */
    OpaqueBodyReader(boolean mustSay, boolean page) {
        this.mustSay = mustSay;
        this.page = page;
    }

    @Override
    public void read(byte[] bytes, int offset, int count) {
        empty = empty && UsageReader.isBlank(bytes, offset, count);
    }

    @Override
    public boolean isComplete() {
        return false;
    }

    @Override
    public boolean saysWhenComplete() {
        return mustSay && (page || empty);
    }

    @Override
    public Optional<Usage> usage() {
        return Optional.empty();
    }

    @Override
    public boolean hasFailed() {
        return false;
    }

    @Override
    public Optional<ErrorAnswer> error() {
        return Optional.empty();
    }
}
