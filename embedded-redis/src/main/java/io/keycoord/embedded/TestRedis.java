package io.keycoord.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * The Redis that serves the tests of this JVM; a test gets it as a parameter from {@link RedisExtension}.
 *
 * @param uri where it is, with user and password if its owner gave any
 * @param source who provides it: {@code url}, {@code testcontainers} or {@code embedded}
 */
public record TestRedis(URI uri, String source) {
    static final String URL = "url";
    private static final String OURS = "keycoord:";
    private static final int SHOWN = 3;

    /**
     * Empties the database. In one that was given by URL only keys named {@code keycoord:*} are deleted.
     *
     * @throws IllegalStateException if a database given by URL holds other keys; nothing was deleted then
     * @throws UncheckedIOException if Redis does not answer
     */
    public void clear() {
        try (RespConnection connection = RespConnection.open(uri)) {
            if (source.equals(URL)) {
                deleteOurs(connection);
            } else {
                connection.call(List.of("FLUSHALL"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the tests' Redis at " + shown() + " (" + source + "): " + e.getMessage(), e);
        }
    }

    private void deleteOurs(RespConnection connection) throws IOException {
        List<String> keys = keys(connection);
        List<String> foreign =
                keys.stream().filter(key -> !key.startsWith(OURS)).toList();
        if (!foreign.isEmpty()) {
            throw new IllegalStateException("the tests need a Redis database of their own: " + shown() + " holds "
                    + foreign.size() + " keys that are not named " + OURS + "*, among them "
                    + foreign.stream().sorted().limit(SHOWN).toList());
        }
        for (String key : keys) {
            connection.call(List.of("DEL", key));
        }
    }

    private static List<String> keys(RespConnection connection) throws IOException {
        List<String> keys = new ArrayList<>();
        String cursor = "0";
        do {
            List<?> page = (List<?>) connection.call(List.of("SCAN", cursor, "COUNT", "1000"));
            if (page == null) {
                throw new IOException("SCAN gave no answer");
            }
            cursor = String.valueOf(page.get(0));
            ((List<?>) page.get(1)).forEach(key -> keys.add(String.valueOf(key)));
        } while (!cursor.equals("0"));
        return keys;
    }

    /** The address without user and password. */
    private String shown() {
        return uri.getScheme() + "://" + uri.getHost() + ":" + uri.getPort() + uri.getPath();
    }

    @Override
    public String toString() {
        return shown() + " (" + source + ")";
    }
}
