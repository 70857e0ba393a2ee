package io.keycoord.simulator;

import java.util.List;

/** The answers of one dialect, whole and as a stream of server-sent events. Safe for use by many threads. */
interface Bodies {

    Answer plain(String id, ChatCall call, long createdSeconds);

    /** The events before the first text. */
    List<String> opening(String id, ChatCall call);

    /** The event that brings a piece of text. */
    String delta(String id, ChatCall call, long createdSeconds, String text);

    /** The events after the last text, without the very last event. */
    List<String> closing(String id, ChatCall call, long createdSeconds);

    /** The very last event. */
    String end();

    /** The event that tells of an error in the middle. */
    String error(String json);

    static Bodies of(Dialect dialect) {
        return dialect == Dialect.ANTHROPIC ? new Messages() : new Completions(dialect);
    }
}
