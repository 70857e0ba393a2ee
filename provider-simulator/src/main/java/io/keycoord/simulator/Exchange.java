package io.keycoord.simulator;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The writing side of one request: a whole answer, a chunked one, or one of the ways to break it. For one thread.
 *
 * <p>Whatever must be true when the caller has its answer runs just before the last bytes: a place is given back and
 * the call is counted, and yet all but the end mark has been written.
 */
final class Exchange {

    private static final byte[] LAST_CHUNK = HttpInput.ascii("0\r\n\r\n");

    private final Socket socket;
    private final HttpInput in;
    private final OutputStream out;
    private final boolean http10;
    private boolean keepAlive;

    Exchange(Socket socket, HttpInput in, OutputStream out, HttpRequest request) {
        this.socket = socket;
        this.in = in;
        this.out = out;
        this.http10 = request.http10();
        this.keepAlive = request.keepAlive();
    }

    /** Whether another request may follow on this connection. */
    boolean keepAlive() {
        return keepAlive;
    }

    void send(Answer answer, Runnable beforeEnd) throws IOException {
        byte[] body = bytes(answer.body());
        head(answer.status(), answer.headers(), "Content-Length: " + body.length);
        int allButLast = Math.max(0, body.length - 1);
        out.write(body, 0, allButLast);
        out.flush();
        beforeEnd.run();
        out.write(body, allButLast, body.length - allButLast);
        out.flush();
    }

    /** Sends the head and half of the body, and ends the connection. */
    void sendHalf(Answer answer, boolean reset) throws IOException {
        byte[] body = bytes(answer.body());
        head(answer.status(), answer.headers(), "Content-Length: " + body.length);
        out.write(body, 0, body.length / 2);
        end(reset);
    }

    void startStream(Map<String, String> headers) throws IOException {
        keepAlive &= !http10;
        head(200, headers, http10 ? "Connection: close" : "Transfer-Encoding: chunked");
        out.flush();
    }

    void chunk(String text) throws IOException {
        writeChunk(text);
        out.flush();
    }

    /** Writes the last chunk and the end mark together. */
    void endStream(String lastText) throws IOException {
        writeChunk(lastText);
        if (!http10) {
            out.write(LAST_CHUNK);
        }
        out.flush();
    }

    /** Ends the connection without an end mark: closed, or reset so that the caller sees an error. */
    void end(boolean reset) throws IOException {
        keepAlive = false;
        out.flush();
        if (reset) {
            socket.setSoLinger(true, 0);
        }
        socket.close();
    }

    /** Says nothing until the caller gives up or the simulator is closed. */
    void staySilent() {
        keepAlive = false;
        in.awaitEnd();
    }

    /** As {@link HttpInput#pauseUntil}. */
    boolean pauseUntil(long deadline) {
        return in.pauseUntil(deadline);
    }

    private void head(int status, Map<String, String> headers, String framing) throws IOException {
        StringBuilder head = new StringBuilder(256);
        head.append("HTTP/1.1 ")
                .append(status)
                .append(' ')
                .append(reason(status))
                .append("\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        if (!keepAlive && !framing.startsWith("Connection")) {
            head.append("Connection: close\r\n");
        }
        head.append(framing).append("\r\n\r\n");
        out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private void writeChunk(String text) throws IOException {
        byte[] bytes = bytes(text);
        if (http10) {
            out.write(bytes);
            return;
        }
        out.write(HttpInput.ascii(Integer.toHexString(bytes.length) + "\r\n"));
        out.write(bytes);
        out.write('\r');
        out.write('\n');
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String reason(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 201 -> "Created";
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 402 -> "Payment Required";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 413 -> "Content Too Large";
            case 429 -> "Too Many Requests";
            case 431 -> "Request Header Fields Too Large";
            case 500 -> "Internal Server Error";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            case 529 -> "Overloaded";
            default -> "Status";
        };
    }
}
