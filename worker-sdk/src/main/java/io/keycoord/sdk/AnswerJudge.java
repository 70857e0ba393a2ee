package io.keycoord.sdk;

import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.ReportedLimit;
import java.util.List;
import java.util.Optional;

/**
 * Decides what a try was worth and settles its lease: at once if all is known, else when the caller has read the body.
 * Knows nothing of what carried the call. Safe for use by many threads.
 */
public final class AnswerJudge {
    private final OutcomeClassifier classifier;
    private final LimitReader limits;
    private final TokenEstimates estimates;
    private final TroubleLog log;
    private final InputPolicy input;

    /**
     * Creates a judge.
     *
     * @param input what of a prompt is charged
     * @param limits reads what answers say of an account's limits
     * @param estimates learns from what calls have used
     */
    public AnswerJudge(
            OutcomeClassifier classifier,
            InputPolicy input,
            LimitReader limits,
            TokenEstimates estimates,
            TroubleLog log) {
        this.classifier = classifier;
        this.input = input;
        this.limits = limits;
        this.estimates = estimates;
        this.log = log;
    }

    /** What became of an answer. */
    public sealed interface Verdict {}

    /** A success, and its lease is settled. */
    public record Good() implements Verdict {}

    /** A refusal, or an error inside a success; its lease is settled. */
    public record Bad(Classification trouble) implements Verdict {}

    /**
     * A success whose cost its body will tell: {@code reader} is to be fed with the body as the caller reads it, and {@code
     * settlement} told how that ends.
     */
    public record Open(UsageReader reader, Settlement settlement) implements Verdict {}

    /**
     * Judges an answer; the body must have been read as far as {@link AnswerHead#isNeeded} asks for.
     *
     * @param told what the request said
     */
    public Verdict judge(AnswerHead head, CallFacts told, Lease lease) {
        if (!head.isSuccessful()) {
            return new Bad(settled(lease, classifier.classify(head.error(), lease.isProbe())));
        }
        UsageReader reader = UsageReader.of(
                head.mediaType(),
                input.countsCacheReads(told.model()),
                told.model().isPresent());
        List<ReportedLimit> reported = limits.ofAdmitted(head::header);
        if (!head.isWholeJson()) {
            return new Open(
                    reader, new Settlement(lease, reader, classifier, reported, used -> estimates.learn(told, used)));
        }
        reader.read(head.bytes(), 0, head.bytes().length);
        boolean broken = reader.saysWhenComplete() && !reader.isComplete();
        if (reader.hasFailed() || broken) {
            Optional<ErrorAnswer> error = reader.hasFailed() ? ErrorAnswer.inside(head.bytes()) : Optional.empty();
            Classification trouble = classifier.classifyEmbedded(error, lease.isProbe());
            return new Bad(settled(lease, trouble.withReported(reported)));
        }
        reader.usage().ifPresent(used -> estimates.learn(told, used));
        Outcome success = reader.usage().map(Outcome::success).orElseGet(Outcome::successWithoutUsage);
        lease.settle(success.withReported(reported));
        return new Good();
    }

    /** Judges a call that failed without an answer; its lease is settled. */
    public Classification judge(TransportFault fault, Lease lease) {
        Classification trouble = classifier.classify(fault);
        if (fault != TransportFault.CANCELLED) {
            return settled(lease, trouble);
        }
        // Which is unused if the secret was never read.
        lease.close();
        log.note(lease, trouble);
        return trouble;
    }

    private Classification settled(Lease lease, Classification trouble) {
        lease.settle(trouble.outcome());
        log.note(lease, trouble);
        return trouble;
    }
}
