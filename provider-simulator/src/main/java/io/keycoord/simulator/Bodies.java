package io.keycoord.simulator;

import java.util.List;

/** The answers of one kind of endpoint, whole and as a stream. Safe for use by many threads. */
interface Bodies {

    Answer plain(String id, ChatCall call, long createdSeconds);

    /** The media type of a stream. */
    default String streamType(ChatCall call) {
        return "text/event-stream";
    }

    /** The events before the first text. */
    default List<String> opening(String id, ChatCall call) {
        return List.of();
    }

    /** The event that brings the text from the {@code from}th token to before the {@code to}th. */
    String delta(String id, ChatCall call, long createdSeconds, int from, int to);

    /** The events after the last text, without the very last event. */
    default List<String> closing(String id, ChatCall call, long createdSeconds) {
        return List.of();
    }

    /** The very last event. */
    String end(String id, ChatCall call, long createdSeconds);

    /** The event that tells of an error in the middle. */
    String failure(String id, ChatCall call, Errors errors);

    /** The plain answer of status 200 that carries an error. */
    default Answer failed(String id, ChatCall call, Errors errors) {
        return errors.brokenAnswer(id, call.model());
    }

    static Bodies of(Skin skin, Dialect dialect) {
        return switch (skin) {
            case CHAT, TEXT -> new Completions(dialect, skin);
            case EMBEDDINGS -> new Embeddings();
            case RESPONSES -> new Responses();
            case MESSAGES -> new Messages();
            case CONTENTS -> new Contents();
        };
    }
}
