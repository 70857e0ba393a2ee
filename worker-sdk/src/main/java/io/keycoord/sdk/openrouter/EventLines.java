package io.keycoord.sdk.openrouter;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The data of server-sent events, one line each, as they come. Comments, which keep the connection alive, are dropped.
 * Holds one line. For one thread.
 */
final class EventLines {
    private static final int LONGEST_BYTES = 16 << 20;
    private static final String DATA = "data:";

    private final InputStream bytes;

    EventLines(InputStream bytes) {
        this.bytes = new BufferedInputStream(bytes);
    }

    /**
     * Waits for the next data.
     *
     * @return empty when the stream has ended
     * @throws IOException if it broke, or a line is longer than 16 MiB
     */
    Optional<String> next() throws IOException {
        Optional<String> line = line();
        while (line.isPresent() && !line.get().startsWith(DATA)) {
            line = line();
        }
        return line.map(data -> data.substring(DATA.length()).strip());
    }

    /** The last line may lack its end. */
    private Optional<String> line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b = bytes.read();
        while (b != -1 && b != '\n' && b != '\r') {
            if (line.size() == LONGEST_BYTES) {
                throw new IOException("a line of the stream is longer than " + LONGEST_BYTES + " bytes");
            }
            line.write(b);
            b = bytes.read();
        }
        return b == -1 && line.size() == 0 ? Optional.empty() : Optional.of(line.toString(StandardCharsets.UTF_8));
    }
}
