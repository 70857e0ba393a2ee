package io.keycoord.benchmarks.sdk;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What every client does with an answer in events: it takes the words out of each. For one thread. */
final class Reader {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DATA = "data: {";

    /** The next line of an answer, null behind the last. */
    interface Lines {
        @Nullable
        String next() throws IOException;
    }

    private Reader() {}

    /**
     * Reads an answer to its end.
     *
     * @throws IOException if it has not as many events as it should
     */
    static void read(Lines lines) throws IOException {
        int events = 0;
        int characters = 0;
        for (String line = lines.next(); line != null; line = lines.next()) {
            if (line.startsWith(DATA)) {
                events++;
                characters += JSON.readTree(line.substring(DATA.length() - 1))
                        .path("choices")
                        .path(0)
                        .path("delta")
                        .path("content")
                        .asText("")
                        .length();
            }
        }
        check(events == Talk.EVENTS && characters > events, "an answer has " + events + " events");
    }

    static void check(boolean right, String otherwise) throws IOException {
        if (!right) {
            throw new IOException(otherwise);
        }
    }
}
