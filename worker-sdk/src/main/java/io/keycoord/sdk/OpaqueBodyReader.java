package io.keycoord.sdk;

import io.keycoord.Usage;
import java.util.Optional;

/** For answers that say nothing of themselves: audio, images, plain text. */
final class OpaqueBodyReader implements UsageReader {

    @Override
    public void read(byte[] bytes, int offset, int count) {
        // Nothing in them is understood.
    }

    @Override
    public boolean isComplete() {
        return false;
    }

    @Override
    public boolean saysWhenComplete() {
        return false;
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
