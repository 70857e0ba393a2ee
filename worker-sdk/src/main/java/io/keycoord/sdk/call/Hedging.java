package io.keycoord.sdk.call;

import java.time.Duration;

/**
 * When a call is made a second time because its answer is late.
 *
 * @param after without the headers of an answer, from the moment at which the request is sent; 1 ms to one hour
 * @param share of all calls that may be made twice, more than 0 to 0.5
 */
public record Hedging(Duration after, double share) {
    public Hedging {
        if (after.compareTo(Duration.ofMillis(1)) < 0 || after.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("after is " + after + ", expected PT0.001S to PT1H");
        }
        if (!(share > 0 && share <= 0.5)) {
            throw new IllegalArgumentException("share is " + share + ", expected more than 0 to 0.5");
        }
    }
}
