package io.keycoord.sdk.jdk;

import java.util.concurrent.Flow;

/** That of a subscriber to which nobody has spoken yet. */
final class NoSubscription implements Flow.Subscription {
    @Override
    public void request(long count) {
        // Nobody is there to be asked.
    }

    @Override
    public void cancel() {
        // Nobody is there to be told.
    }
}
