package io.keycoord.redis;

import io.keycoord.StoreUnavailableException;
import java.util.List;
import java.util.Optional;

/**
 * A script's reply: a status word, then what its header documents.
 *
 * @param doubt why there may be no copy of what it wrote; empty if there is one, or nobody has asked for one
 */
record Reply(Script script, List<?> fields, Optional<RedisError> doubt) {

    Reply(Script script, List<?> fields) {
        this(script, fields, Optional.empty());
    }

    String status() {
        return text(0);
    }

    String text(int index) {
        return String.valueOf(fields.get(index));
    }

    long number(int index) {
        return fields.get(index) instanceof Long number ? number : Long.parseLong(text(index));
    }

    int size() {
        return fields.size();
    }

    /** The exception for a status that the caller does not expect. */
    RuntimeException unexpected() {
        if (status().equals("NEWER_SCHEMA")) {
            return new StoreUnavailableException(
                    script.file(),
                    new IllegalStateException("the pool's state has format " + text(1)
                            + ", which this version does not know; expected format 1. Update this worker."));
        }
        return new IllegalStateException(script.file() + " replied " + status());
    }
}
