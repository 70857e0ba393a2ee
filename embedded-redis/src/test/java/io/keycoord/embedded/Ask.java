package io.keycoord.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Objects;

/** One command on a connection of its own; a missing value is {@code (nil)}, as redis-cli prints it. */
final class Ask {
    private Ask() {}

    static Object redis(EmbeddedRedis redis, String... words) {
        return redis(redis.uri(), words);
    }

    static Object redis(URI uri, String... words) {
        try (RespConnection connection = RespConnection.open(uri)) {
            return Objects.requireNonNullElse(connection.call(List.of(words)), "(nil)");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean answers(int port) {
        try {
            return "PONG".equals(redis(URI.create("redis://127.0.0.1:" + port), "PING"));
        } catch (UncheckedIOException e) {
            return false;
        }
    }
}
