package io.keycoord.redis.model;

import io.keycoord.redis.PlannedPool;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The way of one worker to Redis. It keeps each call of a script with the server's reply, which it hears whatever becomes of
 * the worker and of the worker's connections: what was sent to the server it reads the answer to, and only then lets go.
 */
final class ChaosTap {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final long JOIN_MS = 60_000;

    final Queue<ChaosCall> calls = new ConcurrentLinkedQueue<>();
    /** What a server that died had been sent, and did not answer. */
    final Queue<ChaosCall> unanswered = new ConcurrentLinkedQueue<>();

    final AtomicInteger unheard = new AtomicInteger();
    final AtomicInteger unknownScripts = new AtomicInteger();
    private final String worker;
    private final int redis;
    private final Map<String, String> scripts;
    private final ChaosLane lane;
    private final ServerSocket door;
    private final List<Link> links = new CopyOnWriteArrayList<>();
    private volatile int delayMs;
    private volatile boolean dropping;

    /** {@code scripts}: their names by their digests. */
    ChaosTap(String worker, int redis, Map<String, String> scripts, ChaosLane lane) throws IOException {
        this.worker = worker;
        this.redis = redis;
        this.scripts = scripts;
        this.lane = lane;
        this.door = new ServerSocket(0, 50, HERE);
        start(this::accept);
    }

    int port() {
        return door.getLocalPort();
    }

    /** What is sent and what is replied takes as long from now on. */
    void delay(int millis) {
        delayMs = millis;
    }

    /** The server does what it is told, and is not heard; a connection that has lost a reply stays silent. */
    void drop(boolean replies) {
        dropping = replies;
    }

    /** Connections that are open now break off. */
    void reset() {
        links.forEach(Link::reset);
    }

    /** Connections that are open now fall silent without an end. */
    void halfOpen() {
        links.forEach(link -> link.cut = true);
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket client = door.accept();
                connect(client);
            } catch (IOException e) {
                // Closed: the loop ends with it.
            }
        }
    }

    private void connect(Socket client) throws IOException {
        try {
            Link link = new Link(client, new Socket(HERE, redis));
            links.add(link);
            link.open();
        } catch (IOException e) {
            client.close();
        }
    }

    /** Lets no more in; returns when all that was sent has been answered. The worker is to be gone, or to have closed. */
    void close() throws IOException, InterruptedException {
        door.close();
        for (Link link : links) {
            link.client.close();
            Thread back = Objects.requireNonNull(link.back);
            back.join(JOIN_MS);
            if (back.isAlive()) {
                throw new IllegalStateException("Redis has not answered " + link.pending);
            }
        }
    }

    private static Thread start(Runnable body) {
        Thread thread = new Thread(body, "chaos-tap");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** A command that has been sent; a call of a script if it has its name. */
    private record Sent(List<?> words, @Nullable String script) {}

    private final class Link {
        final Socket client;
        final Deque<Sent> pending = new ArrayDeque<>();
        private final Socket server;

        @Nullable
        Thread back;

        private boolean ended; // guarded by pending

        volatile boolean cut;
        volatile boolean mute;

        Link(Socket client, Socket server) throws IOException {
            this.client = client;
            this.server = server;
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        }

        void open() {
            start(this::forth);
            back = start(this::back);
        }

        void reset() {
            try {
                client.setSoLinger(true, 0);
                client.close();
            } catch (IOException e) {
                // It has been closed already.
            }
        }

        private void forth() {
            try {
                ChaosWire wire = new ChaosWire(new BufferedInputStream(client.getInputStream()));
                for (ChaosWire.Item item = wire.read(); item != null; item = wire.read()) {
                    rest();
                    if (!cut) {
                        send((List<?>) item.value(), item.bytes());
                    }
                }
            } catch (IOException | InterruptedException e) {
                // One side has gone.
            } finally {
                try {
                    // Redis still answers what it has got.
                    server.shutdownOutput();
                } catch (IOException e) {
                    // Gone as well.
                }
            }
        }

        private void send(List<?> words, ByteArrayOutputStream bytes) throws IOException, InterruptedException {
            if (String.valueOf(words.get(0)).toUpperCase(Locale.ROOT).contains("SUBSCRIBE")) {
                bytes.writeTo(server.getOutputStream());
                return;
            }
            lane.enter();
            Sent sent = new Sent(words, script(words));
            synchronized (pending) {
                if (ended) {
                    lane.leave();
                    throw new IOException("the server is gone");
                }
                pending.add(sent);
            }
            try {
                bytes.writeTo(server.getOutputStream());
            } catch (IOException e) {
                synchronized (pending) {
                    // The server has died before it could get all of it.
                    if (pending.removeLastOccurrence(sent)) {
                        lane.leave();
                    }
                }
                throw e;
            }
        }

        private @Nullable String script(List<?> words) {
            String code = words.size() > 1 ? String.valueOf(words.get(1)) : "";
            String digest = switch (String.valueOf(words.get(0)).toUpperCase(Locale.ROOT)) {
                case "EVALSHA" -> code;
                case "EVAL" -> PlannedPool.digest(code);
                default -> "";
            };
            if (!digest.isEmpty() && !scripts.containsKey(digest)) {
                unknownScripts.incrementAndGet();
            }
            return scripts.get(digest);
        }

        private void back() {
            try {
                ChaosWire wire = new ChaosWire(new BufferedInputStream(server.getInputStream()));
                for (ChaosWire.Item item = wire.read(); item != null; item = wire.read()) {
                    boolean answer = answered(item.value());
                    rest();
                    mute |= dropping || cut;
                    boolean heard = !mute && hand(item.bytes());
                    if (answer && !heard) {
                        unheard.incrementAndGet();
                    }
                }
            } catch (IOException e) {
                // One side has gone.
            } finally {
                end();
            }
        }

        private boolean hand(ByteArrayOutputStream bytes) {
            try {
                bytes.writeTo(client.getOutputStream());
                return true;
            } catch (IOException e) {
                return false;
            }
        }

        /** Whether it is the reply to a script; messages to a subscriber answer nothing. */
        private boolean answered(Object reply) {
            Sent sent;
            synchronized (pending) {
                sent = pending.poll();
            }
            if (sent == null) {
                return false;
            }
            if (sent.script != null) {
                calls.add(call(sent, sent.script, reply));
            }
            lane.leave();
            return sent.script != null;
        }

        private ChaosCall call(Sent sent, String script, Object reply) {
            List<String> words = sent.words.stream().map(String::valueOf).toList();
            return new ChaosCall(worker, script, words.get(3), words.subList(4, words.size()), reply);
        }

        private void end() {
            synchronized (pending) {
                ended = true;
                for (Sent sent = pending.poll(); sent != null; sent = pending.poll()) {
                    if (sent.script != null) {
                        unanswered.add(call(sent, sent.script, ""));
                    }
                    lane.leave();
                }
            }
            try {
                client.close();
                server.close();
            } catch (IOException e) {
                // Gone.
            }
        }
    }

    private void rest() {
        if (delayMs > 0) {
            LockSupport.parkNanos(delayMs * 1_000_000L);
        }
    }
}
