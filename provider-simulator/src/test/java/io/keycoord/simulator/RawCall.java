package io.keycoord.simulator;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A call over a bare socket, to see what really comes over the wire. */
final class RawCall implements AutoCloseable {

    private static final int PATIENCE_MILLIS = 30_000;

    private final Socket socket;

    RawCall(ProviderSimulator provider) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), provider.port());
        socket.setSoTimeout(PATIENCE_MILLIS);
    }

    /** Sends a chat completion with the usual key. */
    static RawCall chat(ProviderSimulator provider, String body) throws IOException {
        RawCall call = new RawCall(provider);
        call.send(post(body));
        return call;
    }

    static String post(String body) {
        return "POST /api/v1/chat/completions HTTP/1.1\r\nHost: sim\r\nAuthorization: Bearer " + Caller.SECRET
                + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    /** All bytes until the connection ends. */
    String readAll() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Bytes until {@code end} has been read. */
    String readTo(String end) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("ended before '" + end + "': " + text);
            }
            text.append((char) next);
        }
        return text.toString();
    }

    void patience(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
