package io.keycoord.sdk.jdk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Bytes that come piece by piece; of a body in one piece nothing is copied a second time. For one thread at a time. */
final class Pieces {
    private final List<byte[]> all = new ArrayList<>(1);
    private int size;

    /** What is in the buffer, which stays as it is. */
    static byte[] copy(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    /** The next ones, not to be changed afterwards. */
    void add(byte[] bytes) {
        all.add(bytes);
        size += bytes.length;
    }

    int size() {
        return size;
    }

    /** All of them, not to be changed. */
    byte[] joined() {
        if (all.size() == 1) {
            return all.get(0);
        }
        ByteBuffer whole = ByteBuffer.allocate(size);
        all.forEach(whole::put);
        return whole.array();
    }
}
