package io.keycoord.redis.model;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a worker that will be killed and Redis, and outlives it: it keeps the replies, so that it is known of
 * every call whether it was made and what it was answered, also of those whose replies the worker never saw. Connections
 * are told apart by the order in which they were opened.
 */
final class HistoryTap implements AutoCloseable {
    private final ServerSocket door;
    private final int redis;
    private final List<Link> links = new ArrayList<>();
    private final Thread porter;

    HistoryTap(int redis) throws IOException {
        this.redis = redis;
        this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.porter = start("history-tap", this::open);
    }

    int port() {
        return door.getLocalPort();
    }

    /** The replies to each connection, in order; to be asked when the worker is gone. */
    List<List<List<String>>> replies() throws IOException, InterruptedException {
        List<List<List<String>>> all = new ArrayList<>();
        close();
        porter.join();
        for (Link link : links) {
            all.add(link.replies());
        }
        return all;
    }

    private void open() {
        try {
            while (!Thread.interrupted()) {
                links.add(new Link(door.accept(), new Socket(InetAddress.getLoopbackAddress(), redis)));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private static Thread start(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @Override
    public void close() throws IOException {
        door.close();
    }

    /** When the worker goes, Redis still gets all it has sent, and then the end of it; and answers before it closes. */
    private static final class Link {
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private final Thread back;

        Link(Socket worker, Socket redis) throws IOException {
            worker.setTcpNoDelay(true);
            redis.setTcpNoDelay(true);
            start("history-tap-to", () -> {
                pass(worker, redis, null);
                try {
                    redis.shutdownOutput();
                } catch (IOException e) {
                    // gone as well
                }
            });
            back = start("history-tap-back", () -> pass(redis, worker, kept));
        }

        private static void pass(Socket from, Socket to, @Nullable OutputStream copy) {
            byte[] some = new byte[8192];
            boolean heard = true;
            try (InputStream in = from.getInputStream()) {
                for (int n = in.read(some); n >= 0; n = in.read(some)) {
                    if (copy != null) {
                        copy.write(some, 0, n);
                    }
                    heard = heard && hand(to, some, n);
                }
            } catch (IOException e) {
                // the one that sends is gone
            }
        }

        private static boolean hand(Socket to, byte[] some, int n) {
            try {
                to.getOutputStream().write(some, 0, n);
                return true;
            } catch (IOException e) {
                return false;
            }
        }

        List<List<String>> replies() throws IOException, InterruptedException {
            back.join();
            List<List<String>> replies = new ArrayList<>();
            ByteArrayInputStream in = new ByteArrayInputStream(kept.toByteArray());
            for (List<String> reply = HistoryWire.read(in); reply != null; reply = HistoryWire.read(in)) {
                replies.add(reply);
            }
            return replies;
        }
    }
}
