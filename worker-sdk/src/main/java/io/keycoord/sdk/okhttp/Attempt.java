package io.keycoord.sdk.okhttp;

import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.sdk.AnswerStalledException;
import io.keycoord.sdk.TransportFault;
import java.io.IOException;
import java.net.SocketTimeoutException;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** One try of a call: goes down to the wire as the request's tag and comes back with what happened there. */
final class Attempt {
    private final LeaseWaiter waiter;
    private final Destination destination;
    private final LeaseRequest request;
    private volatile Lease lease;
    private volatile boolean held = true;
    private volatile boolean sent;
    private volatile long sentNanos;
    private volatile int readTimeoutMillis;
    private volatile @Nullable String heldBackRetryAfter;

    /**
     * Begins a try.
     *
     * @param destination the only place for the secret
     * @param lease what {@code waiter} has got for {@code request}
     */
    Attempt(LeaseWaiter waiter, Destination destination, LeaseRequest request, Lease lease) {
        this.waiter = waiter;
        this.destination = destination;
        this.request = request;
        this.lease = lease;
    }

    Lease lease() {
        return lease;
    }

    Destination destination() {
        return destination;
    }

    /** Whether the lease is this try's to settle; not, if it became too old and no other could be had. */
    boolean isHeld() {
        return held;
    }

    /**
     * Takes another lease if this one has become too old before anything was sent. To be called right before the wire, for
     * it may have taken long to connect.
     */
    void refresh() throws IOException {
        if (!sent && lease.isLateToSend()) {
            held = false;
            lease.settle(Outcome.unused());
            lease = waiter.acquire(request);
            held = true;
        }
    }

    void markSent() {
        sentNanos = System.nanoTime();
        sent = true;
    }

    boolean isSent() {
        return sent;
    }

    /** When it was sent, by the clock that {@link System#nanoTime} reads. */
    long sentNanos() {
        return sentNanos;
    }

    /** That of the client, for the time after the headers; 0 for none. */
    void setReadTimeoutMillis(int usual) {
        readTimeoutMillis = usual;
    }

    int readTimeoutMillis() {
        return readTimeoutMillis;
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
        return failure instanceof SocketTimeoutException || failure instanceof AnswerStalledException
                ? TransportFault.SILENT
                : TransportFault.LOST;
    }

    @Override
    public String toString() {
        return "Attempt[" + lease.id() + "]";
    }
}
