package io.keycoord.redis;

import io.keycoord.LeaseRequest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asks for once.
 *
 * @param maxWaitNanos how far ahead its lease may start
 * @param standing where it stands among those who wait
 * @param deadline until when it waits for Redis; null if as long as a call may take
 */
record Want(
        LeaseRequest request,
        long maxWaitNanos,
        Standing standing,
        @Nullable Deadline deadline) {

    /** For somebody who waits for no key. */
    static Want now(LeaseRequest request) {
        return new Want(request, 0, Standing.NONE, null);
    }

    /** Whether its caller takes only what is free now; such a one waits for Redis as long as a call may take. */
    static boolean isNow(LeaseRequest request) {
        return request.maxWait().filter(Duration::isZero).isPresent();
    }

    Want withoutKey(String keyId) {
        return new Want(request.withoutKey(keyId), maxWaitNanos, standing, deadline);
    }
}
