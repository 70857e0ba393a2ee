package io.keycoord.sdk.call;

import java.time.Duration;
import java.util.Optional;

/**
 * How long the data of an answer is waited for. What only keeps a connection alive is no data: comments and pings of an event
 * stream, blanks around JSON. Only the time counts for which the call waits for its provider, not what a caller takes to read.
 *
 * @param firstToken until the first data, from the moment at which the request is sent; 1 ms to one day. The answer is held
 *     back until then, so that the call can be tried again. Empty for no such limit
 * @param idle for each further piece, and for the first if {@code firstToken} is empty; 1 ms to one day. Empty for what the
 *     transport does by itself: OkHttp's read timeout; 10 min over the JDK's client, or the timeout of the request if that is longer
 */
public record AnswerLimits(Optional<Duration> firstToken, Optional<Duration> idle) {
    /** What the transports do by themselves. */
    static final AnswerLimits NONE = new AnswerLimits(Optional.empty(), Optional.empty());

    private static final Duration LONGEST = Duration.ofDays(1);

    public AnswerLimits {
        firstToken.ifPresent(limit -> check("firstTokenTimeout", limit));
        idle.ifPresent(limit -> check("idleTimeout", limit));
    }

    private static void check(String what, Duration limit) {
        if (limit.compareTo(Duration.ofMillis(1)) < 0 || limit.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(what + " is " + limit + ", expected PT0.001S to PT24H");
        }
    }
}
