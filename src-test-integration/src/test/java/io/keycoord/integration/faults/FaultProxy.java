package io.keycoord.integration.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import javax.net.ServerSocketFactory;

/**
 * The way to a server on 127.0.0.1, with faults. They hold for connections that are open and for new ones, until the next is
 * chosen; a connection that has lost a byte stays silent. Safe for use by many threads.
 */
final class FaultProxy implements AutoCloseable {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final int CHUNK_BYTES = 16 * 1024;

    /** What happens to bytes on their way. */
    private record Way(boolean loses, Duration delay) {
        static final Way FREE = new Way(false, Duration.ZERO);
        static final Way NOWHERE = new Way(true, Duration.ZERO);
    }

    /** Two sockets and the threads between them. */
    private final class Link {
        final Socket client;
        final Socket server;
        volatile boolean silent;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void open() {
            daemon(() -> pump(client, server, true));
            daemon(() -> pump(server, client, false));
        }

        private void pump(Socket from, Socket to, boolean isRequest) {
            byte[] chunk = new byte[CHUNK_BYTES];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                    Way way = isRequest ? requests : replies;
                    rest(way.delay);
                    silent |= way.loses;
                    // A request goes on although its reply is lost.
                    if (!silent || (isRequest && !way.loses && !cut)) {
                        out.write(chunk, 0, read);
                    }
                }
            } catch (IOException e) {
                // One side has gone, which the other is to learn.
            } finally {
                end();
            }
        }

        private void end() {
            links.remove(this);
            quietly(client);
            quietly(server);
        }

        /** Both sides learn of it at once, by a reset. */
        void reset() {
            try {
                client.setSoLinger(true, 0);
            } catch (IOException e) {
                // It has been closed already.
            }
            end();
        }

        volatile boolean cut;

        /** The server has gone and nobody tells the client. */
        void cut() {
            cut = true;
            silent = true;
        }
    }

    private final int target;
    private final ServerSocketFactory listeners;
    private final int port;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final Queue<Long> connectedMs = new ConcurrentLinkedQueue<>();
    private volatile Way requests = Way.FREE;
    private volatile Way replies = Way.FREE;
    private volatile ServerSocket listening;

    FaultProxy(int target) {
        this(target, ServerSocketFactory.getDefault());
    }

    /** For clients that speak what these sockets do, such as TLS; to the server it is plain. */
    FaultProxy(int target, ServerSocketFactory listeners) {
        this.target = target;
        this.listeners = listeners;
        this.listening = listen(0);
        this.port = listening.getLocalPort();
    }

    int port() {
        return port;
    }

    /** When connections were accepted, by the clock of this machine, in their order. */
    List<Long> connectedMs() {
        return List.copyOf(connectedMs);
    }

    /** How many connections are open. */
    int connections() {
        return links.size();
    }

    String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** No fault. */
    synchronized void pass() {
        requests = Way.FREE;
        replies = Way.FREE;
        if (listening.isClosed()) {
            listening = listen(port);
        }
    }

    /** Each chunk takes as long. */
    void delay(Duration request, Duration reply) {
        requests = new Way(false, request);
        replies = new Way(false, reply);
    }

    /** Connections are accepted; what is said is never heard. */
    void swallow() {
        requests = Way.NOWHERE;
        replies = Way.NOWHERE;
    }

    /** The server does what it is told, and is never heard. */
    void dropReplies() {
        replies = Way.NOWHERE;
    }

    /** Connections that are open now break off; new ones work. */
    void reset() {
        links.forEach(Link::reset);
    }

    /** Connections that are open now fall silent without an end; new ones work. */
    void halfOpen() {
        links.forEach(Link::cut);
    }

    /** Nobody listens, and connections break off. */
    synchronized void refuse() {
        quietly(listening);
        reset();
    }

    private ServerSocket listen(int on) {
        try {
            ServerSocket socket = listeners.createServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(HERE, on));
            daemon(() -> accept(socket));
            return socket;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on port " + on, e);
        }
    }

    private void accept(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                connect(socket.accept(), socket);
            } catch (IOException e) {
                // Closed: the loop ends with it.
            }
        }
    }

    private void connect(Socket client, ServerSocket listener) throws IOException {
        try {
            connectedMs.add(System.currentTimeMillis());
            client.setTcpNoDelay(true);
            Socket server = new Socket(HERE, target);
            server.setTcpNoDelay(true);
            Link link = new Link(client, server);
            links.add(link);
            link.open();
            // A thread that waits in accept may still be given a connection while the listener is being closed.
            if (listener.isClosed()) {
                link.reset();
            }
        } catch (IOException e) {
            client.close();
        }
    }

    private static void rest(Duration delay) {
        long until = System.nanoTime() + delay.toNanos();
        for (long left = delay.toNanos(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "fault-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private static void quietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            // It is gone either way.
        }
    }

    @Override
    public synchronized void close() {
        quietly(listening);
        links.forEach(Link::end);
    }
}
