package io.keycoord;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * How keys come back that a health check finds to be good again. Every method throws {@link StoreUnavailableException} if
 * Redis does not answer; then nothing, or nothing twice, has happened. Safe for use by many threads.
 */
public interface KeyRevival {

    /** The keys of a pool that give no leases now and were not drained by an operator, sorted by id. */
    List<SuspendedKey> suspended(String pool);

    /**
     * Whether this worker is to ask the provider about a key now. Of all workers that want to, one gets a yes, and nobody
     * another for a while.
     *
     * @param causes why it is out, of {@link SuspendedKey#causes}, 1 to 8; if it is out for none of them by now, or is
     *     drained, the answer is no
     * @param rest for how long nobody else asks, zero to a day, in whole milliseconds; twice as long after each further yes
     * @param longest but no longer than this, {@code rest} to a day; after as long without a yes it begins anew
     */
    boolean claim(String pool, String key, Set<String> causes, Duration rest, Duration longest);

    /**
     * Back into service, because the provider says that the key is good: its breaker closes if it has opened for one of these
     * causes, and those blocks of the key and of its account end that have one. Its errors are forgotten, but not how often
     * it has rested. A drained key, and one that is out for other causes, stay as they are.
     *
     * @param causes as for {@link #claim}
     * @param reason for the log: 1 to 200 characters without control characters
     * @return whether it is back now, and was not before
     */
    boolean revive(String pool, String key, Set<String> causes, String reason);
}
