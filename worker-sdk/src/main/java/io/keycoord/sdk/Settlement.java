package io.keycoord.sdk;

import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.ReportedLimit;
import io.keycoord.Usage;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Settles the lease of an answer that the caller is still reading, by the way its body ends. The first end
 * counts. An answer that broke off or was left keeps its charge, for the provider may have counted it whole. Safe for
 * use by many threads, once {@code reader} is.
 */
public final class Settlement {
    private final Lease lease;
    private final UsageReader reader;
    private final OutcomeClassifier classifier;
    private final List<ReportedLimit> reported;
    private final Consumer<Usage> used;
    private final AtomicBoolean over = new AtomicBoolean();

    /** {@code reported} is what the answer's headers say of the account's limits; {@code used} is told what a success cost. */
    Settlement(
            Lease lease,
            UsageReader reader,
            OutcomeClassifier classifier,
            List<ReportedLimit> reported,
            Consumer<Usage> used) {
        this.lease = lease;
        this.reader = reader;
        this.classifier = classifier;
        this.reported = reported;
        this.used = used;
    }

    /** The body was read to its end. */
    public void ended() {
        settle(reader.saysWhenComplete() ? TransportFault.BROKEN : null);
    }

    /** The body was closed, or forgotten, before its end. */
    public void left() {
        settle(TransportFault.CANCELLED);
    }

    /** The body could not be read on. */
    public void broke(boolean cancelled) {
        settle(cancelled ? TransportFault.CANCELLED : TransportFault.BROKEN);
    }

    /** The body stood still for too long. Never a success, whatever had come before: the caller has no whole answer. */
    public void stalled() {
        if (over.compareAndSet(false, true)) {
            Outcome failure = reader.hasFailed()
                    ? outcome(null)
                    : classifier.classify(TransportFault.STALLED).outcome();
            lease.settle(failure.withReported(reported));
        }
    }

    private void settle(@Nullable TransportFault unlessComplete) {
        if (over.compareAndSet(false, true)) {
            lease.settle(outcome(unlessComplete).withReported(reported));
        }
    }

    private Outcome outcome(@Nullable TransportFault unlessComplete) {
        if (reader.hasFailed()) {
            return classifier.classifyEmbedded(reader.error(), lease.isProbe()).outcome();
        }
        if (unlessComplete != null && !reader.isComplete()) {
            return classifier.classify(unlessComplete).outcome();
        }
        reader.usage().ifPresent(used);
        return reader.usage().map(Outcome::success).orElseGet(Outcome::successWithoutUsage);
    }
}
