package io.keycoord.sdk;

import io.keycoord.Usage;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads, beside the caller, what an answer says of its own cost and end. Fed with the bytes as they pass; holds a
 * bounded part of them and never throws: an answer it cannot read is one whose usage is unknown. One reader serves one
 * answer and one thread at a time.
 */
public interface UsageReader {

    /** The next bytes of the answer's body. */
    void read(byte[] bytes, int offset, int count);

    /** Whether all that matters has been seen, so that closing the body now loses nothing. */
    boolean isComplete();

    /** Whether an answer of this kind says that it is over, so that an end without that is a broken one. */
    boolean saysWhenComplete();

    /** What the answer cost, if it has said so. */
    Optional<Usage> usage();

    /** Whether the answer turned into an error after it had begun. */
    boolean hasFailed();

    /** The error, if {@link #hasFailed} and it says why, by a number or by a word. */
    Optional<ErrorAnswer> error();

    /**
     * The reader for an answer's media type, as in {@code application/json} or {@code text/event-stream}.
     *
     * @param cacheReadsCount whether tokens of the prompt count that were read from a cache
     * @param mustSay whether a model was asked, so that no byte, or a page of HTML, is no answer
     */
    static UsageReader of(String mediaType, boolean cacheReadsCount, boolean mustSay) {
        if (mediaType.equals("text/event-stream")) {
            return new EventStreamReader(cacheReadsCount);
        }
        return isJson(mediaType)
                ? new JsonBodyReader(cacheReadsCount, mustSay)
                : new OpaqueBodyReader(mustSay, mediaType.equals("text/html"));
    }

    /** The same with every token of the prompt, for a call of which nothing is known. */
    static UsageReader of(String mediaType) {
        return of(mediaType, true, false);
    }

    /** The media type of a {@code Content-Type}, in lower case without parameters. */
    static String mediaType(String contentType) {
        int parameters = contentType.indexOf(';');
        String type = parameters < 0 ? contentType : contentType.substring(0, parameters);
        return type.strip().toLowerCase(Locale.ROOT);
    }

    /** Whether the media type is JSON. */
    static boolean isJson(String mediaType) {
        return mediaType.equals("application/json") || mediaType.endsWith("+json");
    }

    /** Whether there is nothing but blanks and ends of lines. */
    static boolean isBlank(byte[] bytes, int offset, int count) {
        for (int i = offset; i < offset + count; i++) {
            if (bytes[i] > ' ' || bytes[i] < 0) {
                return false;
            }
        }
        return true;
    }
}
