package io.keycoord.sdk.openrouter;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** When the time of a request is over that begins now. Immutable. */
final class Deadline {
    private final long startNanos = System.nanoTime();
    private final Optional<Duration> timeout;

    Deadline(ChatRequest request) {
        this.timeout = request.timeout();
    }

    /** What a call failed with, whose time may be over. */
    OpenRouterException failed(IOException failure) {
        OpenRouterException plain = Refusals.failed(failure);
        return plain instanceof TransportException && isOver()
                ? new TimedOutException(timeout.orElseThrow(), failure)
                : plain;
    }

    private boolean isOver() {
        return timeout.filter(most -> System.nanoTime() - startNanos >= most.toNanos())
                .isPresent();
    }
}
