package io.keycoord.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Counts of the last twelve slots of a breaker's window.
 *
 * @param text the first slot's number and the counts, empty if there are none
 * @param total of the counts
 */
record SlotCounts(String text, long total) {
    static final long SLOTS = 12;
    private static final long MOST = 9999;

    /** What {@code text} says at {@code slot}, with so many more in that slot. */
    static SlotCounts of(String text, long slot, long more) {
        String[] words = text.isEmpty() ? new String[] {Long.toString(slot)} : text.split(" ", -1);
        long first = Long.parseLong(words[0]);
        long oldest = Math.min(slot, Math.max(first, slot - SLOTS + 1));
        List<String> counts = new ArrayList<>();
        long total = 0;
        for (long at = oldest; at <= slot; at++) {
            long position = at - first + 1;
            long count = position >= 1 && position < words.length ? Long.parseLong(words[(int) position]) : 0;
            count = at == slot ? Math.min(MOST, count + more) : count;
            total += count;
            counts.add(Long.toString(count));
        }
        return total == 0 ? new SlotCounts("", 0) : new SlotCounts(oldest + " " + String.join(" ", counts), total);
    }
}
