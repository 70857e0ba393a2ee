package io.keycoord.redis.model;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A connection to a Redis on which each command and each reply is seen as it is. */
final class HistoryWire implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    HistoryWire(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    void send(List<String> words) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(("*" + words.size() + "\r\n").getBytes(StandardCharsets.UTF_8));
        for (String word : words) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            out.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.UTF_8));
            out.writeBytes(bytes);
            out.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        socket.getOutputStream().write(out.toByteArray());
    }

    List<String> receive() throws IOException {
        List<String> reply = read(in);
        if (reply == null) {
            throw new EOFException("the server closed the connection");
        }
        return reply;
    }

    /** A reply's words, one word for an error; null where the stream ends, be it within a reply. */
    static @Nullable List<String> read(InputStream in) throws IOException {
        List<String> words = new ArrayList<>();
        return item(in, words) ? words : null;
    }

    private static boolean item(InputStream in, List<String> words) throws IOException {
        String line = line(in);
        if (line == null) {
            return false;
        }
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '+', ':' -> words.add(rest);
            case '-' -> words.add("error " + rest);
            case '$' -> bulk(in, Integer.parseInt(rest), words);
            case '*' -> array(in, Integer.parseInt(rest), words);
            default -> throw new IOException("not a Redis: it answered " + line);
        };
    }

    private static boolean bulk(InputStream in, int length, List<String> words) throws IOException {
        byte[] bytes = in.readNBytes(length);
        words.add(new String(bytes, StandardCharsets.UTF_8));
        return bytes.length == length && line(in) != null;
    }

    private static boolean array(InputStream in, int length, List<String> words) throws IOException {
        for (int i = 0; i < length; i++) {
            if (!item(in, words)) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                return null;
            }
            line.append((char) c);
        }
        line.setLength(Math.max(0, line.length() - 1));
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
