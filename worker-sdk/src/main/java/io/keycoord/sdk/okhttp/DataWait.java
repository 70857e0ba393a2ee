package io.keycoord.sdk.okhttp;

import io.keycoord.sdk.AnswerHead;
import io.keycoord.sdk.AnswerStalledException;
import io.keycoord.sdk.DataSight;
import io.keycoord.sdk.call.AnswerLimits;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.Interceptor.Chain;
import okhttp3.Protocol;
import okhttp3.Response;
import okio.Buffer;
import okio.BufferedSource;
import okio.Timeout;

/**
 * Bounds for how long one try waits for data of its answer. Reads are given a deadline of Okio's, whose one thread looks after
 * all of them and closes the connection; the time that the caller takes between reads does not count. For one thread at a time.
 */
final class DataWait {
    /** Reads of the connection. */
    interface Reading {
        long read() throws IOException;
    }

    private final AnswerLimits limits;
    private final Attempt attempt;
    private final Call call;
    private final String mediaType;
    private DataSight sight;
    private long waitedNanos;
    private boolean begun;

    DataWait(AnswerLimits limits, Attempt attempt, Call call, String mediaType) {
        this.limits = limits;
        this.attempt = attempt;
        this.call = call;
        this.mediaType = mediaType;
        this.sight = DataSight.of(mediaType);
    }

    /** Waits for the headers no longer than for the first data. */
    static Chain untilHeaders(Chain chain, AnswerLimits limits) {
        int usual = chain.readTimeoutMillis();
        return limits.firstToken()
                .map(Duration::toMillis)
                .filter(limit -> usual == 0 || limit < usual)
                .map(limit -> chain.withReadTimeout(Math.toIntExact(limit), TimeUnit.MILLISECONDS))
                .orElse(chain);
    }

    /**
     * The headers have come: from here on the read timeout of the connection is that of the client again. Called right above
     * the wire; a connection of HTTP/2 has none of its own, its streams have.
     */
    static void afterHeaders(Chain wire, Response response, int usualMillis) throws SocketException {
        if (wire.readTimeoutMillis() == usualMillis) {
            return;
        }
        Connection connection = wire.connection();
        if (connection != null && response.protocol() != Protocol.HTTP_2) {
            connection.socket().setSoTimeout(usualMillis);
        }
        response.body().source().timeout().timeout(usualMillis, TimeUnit.MILLISECONDS);
    }

    /** What is told of a failure before the headers. */
    static IOException beforeHeaders(IOException failure, AnswerLimits limits, Attempt attempt) {
        boolean silent = failure instanceof SocketTimeoutException && attempt.isSent();
        return limits.firstToken()
                .filter(limit -> silent && System.nanoTime() - attempt.sentNanos() >= limit.toNanos())
                .<IOException>map(limit -> caused(new AnswerStalledException(limit, false), failure))
                .orElse(failure);
    }

    private static <E extends IOException> E caused(E failure, IOException cause) {
        failure.initCause(cause);
        return failure;
    }

    /** Reads ahead, for the answer to be judged: all that is looked at. The response is closed if that fails. */
    void readHead(Response response) throws IOException {
        if (isBounded()) {
            readAhead(response, false);
        }
    }

    /** Reads ahead as far as the first data, if that has a limit. The response is closed if it does not come. */
    void readUntilData(Response response) throws IOException {
        if (limits.firstToken().isPresent()) {
            readAhead(response, true);
        }
    }

    private void readAhead(Response response, boolean untilData) throws IOException {
        try {
            BufferedSource source = response.body().source();
            long seen = 0;
            while (seen < AnswerHead.MOST_BYTES && !(untilData && begun)) {
                long next = seen + 1;
                if (read(source.timeout(), () -> source.request(next) ? 1 : -1) < 0) {
                    break;
                }
                see(source.getBuffer(), seen);
                seen = source.getBuffer().size();
            }
        } catch (IOException e) {
            response.close();
            throw e;
        }
        // The caller reads all of that again.
        sight = DataSight.of(mediaType);
    }

    private void see(Buffer buffer, long from) {
        Buffer fresh = new Buffer();
        buffer.copyTo(fresh, from, buffer.size() - from);
        byte[] bytes = fresh.readByteArray();
        see(bytes, 0, bytes.length);
    }

    private boolean isBounded() {
        return limits.firstToken().isPresent() || limits.idle().isPresent();
    }

    /** Takes note of what was read. */
    void see(byte[] bytes, int offset, int count) {
        if (isBounded() && sight.sees(bytes, offset, count)) {
            begun = true;
            waitedNanos = 0;
        }
    }

    /**
     * Reads within what is left of the limit.
     *
     * @throws AnswerStalledException if nothing came in that time, and the call was not cancelled
     */
    long read(Timeout timeout, Reading reading) throws IOException {
        boolean first = !begun && limits.firstToken().isPresent();
        Duration limit = (first ? limits.firstToken() : limits.idle()).orElse(Duration.ZERO);
        if (limit.isZero()) {
            return reading.read();
        }
        long startNanos = System.nanoTime();
        long endNanos = first ? attempt.sentNanos() + limit.toNanos() : startNanos + limit.toNanos() - waitedNanos;
        long callersNanos = timeout.hasDeadline() ? timeout.deadlineNanoTime() : endNanos;
        boolean callers = timeout.hasDeadline();
        timeout.deadlineNanoTime(callersNanos - endNanos < 0 ? callersNanos : endNanos);
        try {
            return reading.read();
        } catch (IOException e) {
            throw System.nanoTime() - endNanos >= 0 && !call.isCanceled()
                    ? caused(new AnswerStalledException(limit, begun), e)
                    : e;
        } finally {
            waitedNanos += System.nanoTime() - startNanos;
            if (callers) {
                timeout.deadlineNanoTime(callersNanos);
            } else {
                timeout.clearDeadline();
            }
        }
    }
}
