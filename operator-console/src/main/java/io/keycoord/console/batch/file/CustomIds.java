package io.keycoord.console.batch.file;

import java.io.IOException;

/**
 * Finds a custom_id that was there before, without holding the ids: it keeps a hash of each, and where two agree the
 * earlier line is read again.
 */
final class CustomIds {

    /** Tells the custom_id of an earlier line. */
    interface Lookup {
        String customId(int index) throws IOException;
    }

    private final Lookup lookup;
    private long[] hashes = new long[2048];
    private int[] lines = new int[2048]; // index + 1; 0 is free
    private int size;

    CustomIds(Lookup lookup) {
        this.lookup = lookup;
    }

    /** Remembers the id, or returns the index of the line that has it already; negative if it is new. */
    int addOrFind(String customId, int index) throws IOException {
        if (size * 2 >= lines.length) {
            grow();
        }
        long hash = hash(customId);
        int slot = slot(hash);
        while (lines[slot] != 0) {
            if (hashes[slot] == hash && lookup.customId(lines[slot] - 1).equals(customId)) {
                return lines[slot] - 1;
            }
            slot = (slot + 1) % lines.length;
        }
        put(slot, hash, index + 1);
        return -1;
    }

    private void put(int slot, long hash, int line) {
        hashes[slot] = hash;
        lines[slot] = line;
        size++;
    }

    private void grow() {
        long[] oldHashes = hashes;
        int[] oldLines = lines;
        hashes = new long[oldHashes.length * 2];
        lines = new int[oldLines.length * 2];
        size = 0;
        for (int i = 0; i < oldLines.length; i++) {
            if (oldLines[i] != 0) {
                int slot = slot(oldHashes[i]);
                while (lines[slot] != 0) {
                    slot = (slot + 1) % lines.length;
                }
                put(slot, oldHashes[i], oldLines[i]);
            }
        }
    }

    private int slot(long hash) {
        return (int) Long.remainderUnsigned(hash, lines.length);
    }

    private static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash ^ (hash >>> 32);
    }
}
