package io.keycoord.redis;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Answers scripts as a test says; to whatever else clients send when they connect it says yes. */
final class FakeRedis implements AutoCloseable {
    /** Instead of an answer: the connection is closed. */
    static final String HANGS_UP = "hangs up";

    /** Instead of an answer: nothing. */
    static final String SAYS_NOTHING = "says nothing";

    static final String DONE = "*1\r\n$4\r\nDONE\r\n";

    // Redisson has scripts of its own, which it runs when it connects.
    private static final Set<String> OURS = Set.of(
            Script.POOLS.digest(),
            Script.POOLS.source(),
            FunctionLibrary.current().function(Script.POOLS, List.of()));

    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    /** Maps EVALSHA, EVAL or FCALL to the raw answer. */
    volatile UnaryOperator<String> answers;

    /** The raw answer to WAIT and WAITAOF. */
    volatile Supplier<String> copies = () -> ":1\r\n";

    /** The commands that ran {@link Script#POOLS}, or loaded functions, as they came. */
    final List<String> scripts = new CopyOnWriteArrayList<>();

    FakeRedis(UnaryOperator<String> answers) throws IOException {
        this.answers = answers;
        this.listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        thread(this::accept);
    }

    URI uri() {
        return URI.create("redis://127.0.0.1:" + listener.getLocalPort());
    }

    private static void thread(Runnable task) {
        Thread thread = new Thread(task, "fake-redis");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                open.add(socket);
                // A thread that waits in accept may still be given a connection while the listener is being closed.
                if (listener.isClosed()) {
                    socket.close();
                }
                thread(() -> serve(socket));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            for (List<String> words = command(in); words != null; words = command(in)) {
                String answer = answer(words);
                if (answer.equals(HANGS_UP)) {
                    return;
                } else if (!answer.equals(SAYS_NOTHING)) {
                    out.write(answer.getBytes(StandardCharsets.UTF_8));
                    out.flush();
                }
            }
        } catch (IOException e) {
            // The client is gone.
        } finally {
            open.remove(socket);
        }
    }

    private String answer(List<String> words) {
        String command = words.get(0).toUpperCase(Locale.ROOT);
        if ((command.startsWith("EVAL") || command.equals("FCALL")) && OURS.contains(words.get(1))) {
            scripts.add(command);
            return answers.apply(command);
        }
        if (command.equals("FUNCTION")) {
            scripts.add(command);
        }
        return switch (command) {
            case "PING" -> "+PONG\r\n";
            case "HSET" -> ":0\r\n";
            case "WAIT", "WAITAOF" -> copies.get();
            case "HELLO" -> "-ERR unknown command 'HELLO'\r\n";
            default -> "+OK\r\n";
        };
    }

    private static @Nullable List<String> command(InputStream in) throws IOException {
        String head = line(in);
        if (head.isEmpty()) {
            return null;
        }
        List<String> words = new ArrayList<>();
        int count = Integer.parseInt(head.substring(1));
        for (int i = 0; i < count; i++) {
            int length = Integer.parseInt(line(in).substring(1));
            words.add(new String(in.readNBytes(length), StandardCharsets.UTF_8));
            line(in);
        }
        return words;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            line.append((char) c);
        }
        return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
