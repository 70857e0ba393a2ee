package io.keycoord.sdk;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * The beginning of an answer, as far as a transport has read it before the caller gets it. Immutable, if nobody changes
 * {@code bytes}.
 */
public final class AnswerHead {
    /** What is read at most of the body of an answer whose head is needed. */
    public static final int MOST_BYTES = 64 << 10;

    private final int status;
    private final Map<String, String> headers;
    private final String mediaType;
    private final byte[] bytes;
    private final boolean whole;

    private AnswerHead(int status, Map<String, String> headers, String mediaType, byte[] bytes, boolean whole) {
        this.status = status;
        this.headers = headers;
        this.mediaType = mediaType;
        this.bytes = bytes;
        this.whole = whole;
    }

    /**
     * An answer of whose body nothing has been read.
     *
     * @param headers in {@link String#CASE_INSENSITIVE_ORDER}, several values of one joined by commas; not to be changed
     *     afterwards
     * @param mediaType in lower case without parameters; empty if there is none or the body is encoded
     */
    public static AnswerHead unread(int status, SortedMap<String, String> headers, String mediaType) {
        return new AnswerHead(status, headers, mediaType, new byte[0], false);
    }

    /**
     * The same with the beginning of the body.
     *
     * @param read not to be changed afterwards; empty if the body is encoded in a way that cannot be read here
     * @param all whether that is all of it
     */
    public AnswerHead with(byte[] read, boolean all) {
        return new AnswerHead(status, headers, mediaType, read, all);
    }

    /** Whether the body is to be read, at most {@link #MOST_BYTES} of it, before anything can be said of the answer. */
    public boolean isNeeded() {
        return !isSuccessful() || UsageReader.isJson(mediaType);
    }

    boolean isSuccessful() {
        return status >= 200 && status < 300;
    }

    boolean isWholeJson() {
        return whole && UsageReader.isJson(mediaType);
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    String mediaType() {
        return mediaType;
    }

    ErrorAnswer error() {
        return ErrorAnswer.of(status, headers, bytes);
    }

    byte[] bytes() {
        return bytes;
    }

    @Override
    public String toString() {
        return "AnswerHead[" + status + " " + mediaType + "]";
    }
}
