package io.keycoord.console.batch.file;

import java.util.Objects;

/** What an input line turned out to be. */
public sealed interface ParsedLine {

    /** The line's number in the input, from 1. */
    int number();

    /** The line's own custom_id, or {@code line-<number>} if it has none that can be used. */
    String customId();

    /**
     * A call to be made.
     *
     * @param number the line's number in the input, from 1
     * @param customId the line's own, or {@code line-<number>}
     * @param body the chat completion request as JSON, without {@code stream} and {@code stream_options}
     */
    record Request(int number, String customId, String body) implements ParsedLine {
        public Request {
            Objects.requireNonNull(customId, "customId");
            Objects.requireNonNull(body, "body");
        }
    }

    /**
     * A line that cannot be asked.
     *
     * @param number the line's number in the input, from 1
     * @param customId the line's own, or {@code line-<number>}
     * @param code a machine word, such as {@code invalid_json}
     * @param message what is wrong and what was expected, with the line's number
     */
    record Bad(int number, String customId, String code, String message) implements ParsedLine {
        public Bad {
            Objects.requireNonNull(customId, "customId");
            Objects.requireNonNull(code, "code");
            Objects.requireNonNull(message, "message");
        }
    }
}
