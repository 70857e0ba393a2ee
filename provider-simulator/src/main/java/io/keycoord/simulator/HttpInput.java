package io.keycoord.simulator;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The reading side of a connection. While an answer is being prepared it listens on, so that a caller that goes away is
 * noticed at once and not at the next write. For one thread.
 */
final class HttpInput {

    private static final int LONGEST_LINE = 16 * 1024;

    private final Socket socket;
    private final InputStream in;
    private final byte[] buffer = new byte[16 * 1024];
    private int position;
    private int limit;

    HttpInput(Socket socket) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
    }

    /** The next byte, or -1 at the end; waits as long as the socket's timeout. */
    int read() throws IOException {
        if (position == limit) {
            position = 0;
            limit = Math.max(0, in.read(buffer));
            if (limit == 0) {
                return -1;
            }
        }
        return buffer[position++] & 0xff;
    }

    /** A line without its end. */
    String line() throws IOException {
        StringBuilder line = new StringBuilder(80);
        for (int next = required(); next != '\n'; next = required()) {
            if (line.length() == LONGEST_LINE) {
                throw new BadHttp(431, "a line is longer than " + LONGEST_LINE + " bytes");
            }
            line.append((char) next);
        }
        int length = line.length();
        return length > 0 && line.charAt(length - 1) == '\r' ? line.substring(0, length - 1) : line.toString();
    }

    byte[] bytes(int count) throws IOException {
        byte[] bytes = new byte[count];
        int done = Math.min(count, limit - position);
        System.arraycopy(buffer, position, bytes, 0, done);
        position += done;
        if (in.readNBytes(bytes, done, count - done) < count - done) {
            throw new EOFException("the body ended early");
        }
        return bytes;
    }

    void timeout(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    /**
     * Waits until {@link System#nanoTime} has reached {@code deadline}.
     *
     * @return false at once if the caller has closed or reset the connection
     */
    boolean pauseUntil(long deadline) {
        long left = deadline - System.nanoTime();
        while (left > 0) {
            int millis = (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(left));
            if (millis == 0 || !compact()) {
                LockSupport.parkNanos(left);
            } else if (!listen(millis)) {
                return false;
            }
            left = deadline - System.nanoTime();
        }
        return true;
    }

    /** Waits until the caller has closed or reset the connection, whatever it sends. */
    void awaitEnd() {
        do {
            position = 0;
            limit = 0;
        } while (listen(0));
    }

    /** Whether the connection lasts; what arrives is kept for the next request. */
    private boolean listen(int millis) {
        try {
            socket.setSoTimeout(millis);
            int count = in.read(buffer, limit, buffer.length - limit);
            limit += Math.max(0, count);
            return count >= 0;
        } catch (SocketTimeoutException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Makes room at the end of the buffer; false if it is full. */
    private boolean compact() {
        System.arraycopy(buffer, position, buffer, 0, limit - position);
        limit -= position;
        position = 0;
        return limit < buffer.length;
    }

    private int required() throws IOException {
        int next = read();
        if (next < 0) {
            throw new EOFException("the request ended early");
        }
        return next;
    }

    /** For bytes that are plain ASCII. */
    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
