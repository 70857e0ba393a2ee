package io.keycoord.sdk.okhttp;

import io.keycoord.Lease;
import io.keycoord.sdk.TransportFault;
import java.io.IOException;
import java.net.SocketTimeoutException;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** One try of a call: goes down to the wire as the request's tag and comes back with what happened there. */
final class Attempt {
    private final Lease lease;
    private volatile boolean sent;
    private volatile @Nullable String heldBackRetryAfter;

    Attempt(Lease lease) {
        this.lease = lease;
    }

    Lease lease() {
        return lease;
    }

    void markSent() {
        sent = true;
    }

    /** Keeps a {@code Retry-After} from OkHttp, which would resend at once and uncounted. */
    void holdBackRetryAfter(String value) {
        heldBackRetryAfter = value;
    }

    /** The answer as the provider sent it. */
    Response restored(Response response) {
        String held = heldBackRetryAfter;
        return held == null
                ? response
                : response.newBuilder().header("Retry-After", held).build();
    }

    TransportFault faultOf(IOException failure, boolean cancelled) {
        if (cancelled) {
            return TransportFault.CANCELLED;
        }
        if (!sent) {
            return TransportFault.NOT_SENT;
        }
        return failure instanceof SocketTimeoutException ? TransportFault.SILENT : TransportFault.LOST;
    }

    @Override
    public String toString() {
        return "Attempt[" + lease.id() + "]";
    }
}
