package io.keycoord.benchmarks.sdk;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * A server on loopback that answers each request with {@link Talk#EVENTS}, each written on its own: with a pause between two
 * of them, as a model makes it, so that a reader gets them one by one; or without, so that it gets many at a time.
 */
final class EventServer implements AutoCloseable {
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final List<byte[]> EVENTS =
            IntStream.range(0, Talk.EVENTS).mapToObj(EventServer::chunk).toList();
    private static final byte[] END = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEAD = ("HTTP/1.1 200 OK\r\n" + Talk.HEADERS
                    + "content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket server;
    private final boolean pausing;
    private final Set<Long> threads = ConcurrentHashMap.newKeySet();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

    EventServer(boolean pausing) {
        this.pausing = pausing;
        try {
            this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException("no socket to listen on", e);
        }
        start(this::accept);
    }

    private static byte[] chunk(int number) {
        byte[] event = Talk.event(number);
        String size = Integer.toHexString(event.length);
        return (size + "\r\n" + new String(event, StandardCharsets.UTF_8) + "\r\n").getBytes(StandardCharsets.UTF_8);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/v1");
    }

    /** Those whose work is not the caller's. */
    Set<Long> threads() {
        return threads;
    }

    private void start(Runnable work) {
        Thread thread = new Thread(work, "event-server");
        thread.setDaemon(true);
        threads.add(thread.getId());
        thread.start();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket connection = server.accept();
                connections.add(connection);
                start(() -> serve(connection));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(connection.getInputStream());
            OutputStream out = connection.getOutputStream();
            while (readRequest(in)) {
                out.write(HEAD);
                for (byte[] event : EVENTS) {
                    if (pausing) {
                        LockSupport.parkNanos(PAUSE_NANOS);
                    }
                    out.write(event);
                }
                out.write(END);
            }
        } catch (IOException e) {
            // The caller has hung up.
        }
    }

    /** Whether there was one. */
    private static boolean readRequest(InputStream in) throws IOException {
        long length = 0;
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            String name = "content-length:";
            if (line.toLowerCase(Locale.ROOT).startsWith(name)) {
                length = Long.parseLong(line.substring(name.length()).strip());
            }
        }
        in.skipNBytes(length);
        return length > 0;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n' && c != -1; c = in.read()) {
            line.append((char) c);
        }
        return line.toString().strip();
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket connection : connections) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close", e);
        }
    }
}
