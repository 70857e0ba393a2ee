package io.keycoord.simulator;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small HTTP/1.1 server on plain sockets, one daemon thread per connection. The JDK's own server cannot reset a
 * connection, nor notice a caller that goes away while it waits.
 */
final class HttpServer implements AutoCloseable {

    /** Answers one request. What it throws ends the connection. */
    @FunctionalInterface
    interface Handler {
        void handle(HttpRequest request, Exchange exchange) throws IOException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
    private static final int BACKLOG = 1_024;
    private static final int IDLE_MILLIS = 300_000;
    private static final int REQUEST_MILLIS = 30_000;
    private static final long STACK_BYTES = 256 * 1024;

    private final ServerSocket listener;
    private final int maxConnections;
    private final Handler handler;
    private final ThreadPoolExecutor threads;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong threadNumber = new AtomicLong();
    private volatile boolean closed;

    HttpServer(String host, int port, int maxConnections, Handler handler) throws IOException {
        this.maxConnections = maxConnections;
        this.handler = handler;
        listener = new ServerSocket();
        try {
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress(InetAddress.getByName(host), port), BACKLOG);
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        threads = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), this::newThread);
    }

    void start() {
        threads.execute(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    int connections() {
        return open.size();
    }

    /** How many connections were reset because too many were open. */
    long refused() {
        return refused.get();
    }

    /** Ends every connection; returns when all threads have ended, after a second at most. Safe to call twice. */
    @Override
    public void close() {
        closed = true;
        closeQuietly(listener);
        open.forEach(HttpServer::closeQuietly);
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(1, TimeUnit.SECONDS)) {
                LOG.warn("{} simulator threads still run a second after close", threads.getActiveCount());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Thread newThread(Runnable task) {
        Thread thread = new Thread(null, task, "simulator-" + threadNumber.incrementAndGet(), STACK_BYTES);
        thread.setDaemon(true);
        return thread;
    }

    private void accept() {
        while (!closed) {
            try {
                admit(listener.accept());
            } catch (IOException | RuntimeException e) {
                if (!closed) {
                    LOG.warn("Cannot accept a connection: {}", e.toString());
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
                }
            }
        }
    }

    private void admit(Socket socket) throws IOException {
        if (open.size() >= maxConnections) {
            if (refused.getAndIncrement() == 0) {
                LOG.warn("{} connections are open, the most allowed; further ones are reset", maxConnections);
            }
            socket.setSoLinger(true, 0);
            closeQuietly(socket);
            return;
        }
        open.add(socket);
        try {
            threads.execute(() -> serve(socket));
        } catch (RuntimeException | OutOfMemoryError e) {
            open.remove(socket);
            closeQuietly(socket);
            throw e;
        }
        if (closed) {
            closeQuietly(socket);
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            HttpInput in = new HttpInput(socket);
            BufferedOutputStream out = new BufferedOutputStream(socket.getOutputStream(), 8 * 1024);
            try {
                serve(socket, in, out);
            } catch (BadHttp e) {
                String why = String.valueOf(e.getMessage());
                out.write(HttpInput.ascii("HTTP/1.1 " + e.status() + " Bad\r\nConnection: close\r\nContent-Length: "
                        + why.length() + "\r\n\r\n" + why));
                out.flush();
            }
        } catch (SocketTimeoutException e) {
            LOG.debug("Closed an idle connection");
        } catch (IOException e) {
            LOG.debug("A connection ended: {}", e.toString());
        } catch (RuntimeException e) {
            LOG.error("A request failed inside the simulator", e);
        } finally {
            open.remove(socket);
        }
    }

    private void serve(Socket socket, HttpInput in, BufferedOutputStream out) throws IOException {
        HttpReader reader = new HttpReader(in, out);
        boolean more = true;
        while (more && !closed) {
            Optional<HttpRequest> request = reader.next(IDLE_MILLIS, REQUEST_MILLIS);
            if (request.isEmpty()) {
                return;
            }
            Exchange exchange = new Exchange(socket, in, out, request.get());
            handler.handle(request.get(), exchange);
            more = exchange.keepAlive();
        }
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            LOG.debug("Close failed: {}", e.toString());
        }
    }
}
