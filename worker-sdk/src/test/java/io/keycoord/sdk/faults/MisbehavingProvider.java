package io.keycoord.sdk.faults;

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
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A provider that answers to the byte what a test wants, also what no HTTP server would send: the next calls get the
 * scripted replies, all others a good answer. Remembers every call. Safe for use by many threads.
 */
final class MisbehavingProvider implements AutoCloseable {

    /** A call that has arrived, whether or not it was answered. */
    record Call(String path, Map<String, String> headers, String body) {
        boolean streamed() {
            return body.contains("\"stream\":true");
        }

        /** The header that carries the credential of this provider's profile; empty if there is none. */
        String credential(String header) {
            return headers.getOrDefault(header, "");
        }
    }

    private final ServerSocket server;
    private final Deque<Reply> script = new ArrayDeque<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<Call> calls = new CopyOnWriteArrayList<>();

    MisbehavingProvider(Reply... next) {
        script.addAll(List.of(next));
        try {
            server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread("provider-" + server.getLocalPort(), this::accept);
    }

    URI baseUrl() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/v1");
    }

    List<Call> calls() {
        return calls;
    }

    private static void thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                open.add(socket);
                thread("provider-call", () -> serve(socket));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (true) {
                Call call = read(in);
                calls.add(call);
                next().to(call, new Wire(socket, in, socket.getOutputStream()));
            }
        } catch (IOException over) {
            // The caller, the reply or the test has ended it.
        } finally {
            open.remove(socket);
        }
    }

    private Reply next() {
        synchronized (script) {
            return script.isEmpty() ? Reply.GOOD : script.remove();
        }
    }

    private static Call read(InputStream in) throws IOException {
        String path = line(in).split(" ", -1)[1];
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            String[] parts = line.split(":", 2);
            headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1].strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        return new Call(path, headers, new String(in.readNBytes(length), StandardCharsets.UTF_8));
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b == -1) {
                throw new IOException("the caller hung up");
            }
            line.append(b == '\r' ? "" : (char) b);
        }
        return line.toString();
    }

    /** What a reply writes to. */
    record Wire(Socket socket, InputStream in, OutputStream out) {
        void text(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        /** Says nothing more until the caller hangs up or the test is over. */
        void silence() throws IOException {
            while (in.read() != -1) {
                // Callers say nothing more either.
            }
            throw new IOException("the caller hung up");
        }

        /** Ends the connection as a crash does, not in order. */
        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
            throw new IOException("reset");
        }

        /** Ends the connection in order. */
        void end() throws IOException {
            socket.close();
            throw new IOException("ended");
        }
    }

    /** Ends all calls; from then on connections are refused. */
    @Override
    public void close() {
        try {
            server.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
