package io.keycoord.redis;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Ids of leases: unique even among workers that were cloned with the same name, for each start draws its own prefix. */
final class LeaseIds {
    private static final int RADIX = 36;
    private static final long PREFIXES = 36L * 36 * 36 * 36 * 36 * 36 * 36 * 36;

    private final String prefix = Long.toString(Math.floorMod(new SecureRandom().nextLong(), PREFIXES), RADIX);
    private final AtomicLong count = new AtomicLong();

    String next() {
        return prefix + "-" + Long.toString(count.incrementAndGet(), RADIX);
    }
}
