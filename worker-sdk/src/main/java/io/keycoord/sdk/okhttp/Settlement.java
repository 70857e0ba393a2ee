package io.keycoord.sdk.okhttp;

import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.sdk.OutcomeClassifier;
import io.keycoord.sdk.TransportFault;
import io.keycoord.sdk.UsageReader;

/**
 * Settles the lease of an answer that the caller is still reading, by the way its body ends. The first end counts: the
 * lease sees to it. An answer that broke off or was left keeps its charge, for the provider may have counted it whole.
 */
final class Settlement {
    private final Lease lease;
    private final UsageReader reader;
    private final OutcomeClassifier classifier;

    Settlement(Lease lease, UsageReader reader, OutcomeClassifier classifier) {
        this.lease = lease;
        this.reader = reader;
        this.classifier = classifier;
    }

    /** The body was read to its end. */
    void ended() {
        boolean cut = reader.saysWhenComplete() && !reader.isComplete();
        lease.settle(cut ? unfinished(TransportFault.BROKEN) : finished());
    }

    /** The body was closed, or forgotten, before its end. */
    void left() {
        lease.settle(reader.isComplete() ? finished() : unfinished(TransportFault.CANCELLED));
    }

    /** The body could not be read on. */
    void broke(boolean cancelled) {
        TransportFault fault = cancelled ? TransportFault.CANCELLED : TransportFault.BROKEN;
        lease.settle(reader.isComplete() ? finished() : unfinished(fault));
    }

    private Outcome unfinished(TransportFault fault) {
        return reader.hasFailed() ? finished() : classifier.classify(fault).outcome();
    }

    private Outcome finished() {
        if (reader.hasFailed()) {
            return classifier.classifyEmbedded(reader.error(), lease.isProbe()).outcome();
        }
        return reader.usage().map(Outcome::success).orElseGet(Outcome::successWithoutUsage);
    }
}
