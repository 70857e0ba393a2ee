package io.keycoord.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Commands by which several servers are made one group. */
final class Admin {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long PAUSE_MS = 10;

    private Admin() {}

    /** Sends one command over a connection of its own. */
    static Object ask(EmbeddedRedis server, Object... words) throws IOException {
        try (RespConnection connection = RespConnection.open(server.uri())) {
            Object reply = connection.call(Stream.of(words).map(String::valueOf).toList());
            return reply == null ? "" : reply;
        }
    }

    static String text(EmbeddedRedis server, Object... words) throws IOException {
        return String.valueOf(ask(server, words));
    }

    /** A command whose failure is not expected. */
    static void tell(EmbeddedRedis server, Object... words) {
        try {
            ask(server, words);
        } catch (IOException e) {
            throw new UncheckedIOException(server + " refused " + List.of(words), e);
        }
    }

    /** The port in a list of address and port. */
    static int port(Object address) {
        return Integer.parseInt(String.valueOf(((List<?>) address).get(1)));
    }

    static boolean isReplicaInSync(EmbeddedRedis server) throws IOException {
        return text(server, "INFO", "replication").contains("master_link_status:up");
    }

    /**
     * Returns when the condition holds; a server that does not answer yet is asked again.
     *
     * @throws RedisStartException if it does not hold after a minute
     */
    static void await(String what, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        Exception last = null;
        while (System.nanoTime() < deadline) {
            try {
                if (condition.call()) {
                    return;
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new RedisStartException("interrupted while waiting until " + what, e);
            } catch (Exception e) {
                last = e;
            }
        }
        throw new RedisStartException("not reached within " + LIMIT.toSeconds() + " s: " + what, last);
    }

    static void close(List<EmbeddedRedis> servers) {
        // All crash before the first is waited for, so that none of them starts a failover at the end.
        servers.forEach(EmbeddedRedis::crash);
        servers.forEach(EmbeddedRedis::close);
    }
}
