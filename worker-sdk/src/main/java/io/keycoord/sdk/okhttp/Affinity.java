package io.keycoord.sdk.okhttp;

import io.keycoord.LeaseRequest;

/**
 * What a call belongs to, as a tag of its request: calls of the same session prefer the same account and key while these
 * can serve, so that prompt caches of the provider are met again.
 *
 * <pre>{@code
 * Request request = new Request.Builder().tag(Affinity.class, new Affinity(conversationId)). …
 * }</pre>
 *
 * @param session names what belongs together, 1 to 256 characters; it stays in this worker, and is not logged
 */
public record Affinity(String session) {

    /**
     * Checks the session's length.
     *
     * @throws IllegalArgumentException if it is shorter or longer
     */
    public Affinity {
        if (session.isEmpty() || session.length() > LeaseRequest.MAX_SESSION_LENGTH) {
            throw new IllegalArgumentException("session has " + session.length() + " characters, expected 1 to "
                    + LeaseRequest.MAX_SESSION_LENGTH);
        }
    }

    /** Without the session. */
    @Override
    public String toString() {
        return "Affinity[" + session.length() + " characters]";
    }
}
