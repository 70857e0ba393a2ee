package io.keycoord.redis;

import java.util.List;

/**
 * Rendezvous hashing: of those that are there, a session goes to the one with the highest score. A score depends on
 * nothing but the two names, so all workers agree, and who comes or goes moves only its own sessions.
 */
final class Rendezvous {
    private static final long FNV_START = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private Rendezvous() {}

    /** Where a name stands. */
    static long mark(String name) {
        long mark = FNV_START;
        for (int i = 0; i < name.length(); i++) {
            mark = (mark ^ name.charAt(i)) * FNV_PRIME;
        }
        return mixed(mark);
    }

    static long score(long session, long other) {
        return mixed(session ^ other);
    }

    static String best(long session, List<String> names) {
        String best = names.get(0);
        long highest = Long.MIN_VALUE;
        for (String name : names) {
            long score = score(session, mark(name));
            if (score > highest) {
                highest = score;
                best = name;
            }
        }
        return best;
    }

    /** Spreads every bit over all of them: the finalizer of SplitMix64. */
    private static long mixed(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
