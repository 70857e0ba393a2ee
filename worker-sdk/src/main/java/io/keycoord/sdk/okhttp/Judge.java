package io.keycoord.sdk.okhttp;

import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.ReportedLimit;
import io.keycoord.sdk.Classification;
import io.keycoord.sdk.ErrorAnswer;
import io.keycoord.sdk.LimitReader;
import io.keycoord.sdk.OutcomeClassifier;
import io.keycoord.sdk.TransportFault;
import io.keycoord.sdk.UsageReader;
import java.io.IOException;
import java.util.List;
import okhttp3.Call;
import okhttp3.Response;

/**
 * Decides what a try was worth and settles its lease: at once if all is known, else when the caller has read the body.
 * Safe for use by many threads.
 */
final class Judge {
    private final OutcomeClassifier classifier;
    private final LimitReader limits;
    private final TroubleLog log;

    Judge(OutcomeClassifier classifier, LimitReader limits, TroubleLog log) {
        this.classifier = classifier;
        this.limits = limits;
        this.log = log;
    }

    Answer failure(IOException failure, Attempt attempt, Call call) {
        TransportFault fault = attempt.faultOf(failure, call.isCanceled());
        if (fault == TransportFault.CANCELLED) {
            // Which is unused if the signature was never written.
            attempt.lease().close();
        }
        return Answer.failed(failure, settled(attempt.lease(), classifier.classify(fault)));
    }

    Answer answer(Response response, Attempt attempt, Call call) throws IOException {
        if (!response.isSuccessful()) {
            return refusal(response, attempt.lease());
        }
        if (Head.isJson(response)) {
            return json(Head.of(response), attempt.lease(), call);
        }
        return later(response, UsageReader.of(Head.mediaType(response)), attempt.lease(), call);
    }

    private Answer refusal(Response response, Lease lease) throws IOException {
        Head head = Head.of(response);
        ErrorAnswer error =
                ErrorAnswer.of(response.code(), head.headers(), head.bytes().toByteArray());
        return Answer.bad(head.response(), settled(lease, classifier.classify(error, lease.isProbe())));
    }

    private Answer json(Head head, Lease lease, Call call) {
        UsageReader reader = UsageReader.of(Head.mediaType(head.response()));
        if (!head.whole()) {
            return later(head.response(), reader, lease, call);
        }
        byte[] body = head.bytes().toByteArray();
        reader.read(body, 0, body.length);
        if (reader.hasFailed()) {
            var error = ErrorAnswer.inside(body);
            Classification trouble = classifier.classifyEmbedded(error, lease.isProbe());
            return Answer.bad(head.response(), settled(lease, trouble.withReported(reported(head.response()))));
        }
        Outcome success = reader.usage().map(Outcome::success).orElseGet(Outcome::successWithoutUsage);
        lease.settle(success.withReported(reported(head.response())));
        return Answer.good(head.response());
    }

    private Answer later(Response response, UsageReader reader, Lease lease, Call call) {
        Settlement settlement = new Settlement(lease, reader, classifier, reported(response));
        if (response.body().contentLength() == 0) {
            settlement.ended();
            return Answer.good(response);
        }
        SettlingBody body = new SettlingBody(response.body(), reader, settlement, call);
        return Answer.good(response.newBuilder().body(body).build());
    }

    private List<ReportedLimit> reported(Response response) {
        return limits.ofAdmitted(name -> Head.header(response, name));
    }

    private Classification settled(Lease lease, Classification trouble) {
        lease.settle(trouble.outcome());
        log.note(lease, trouble);
        return trouble;
    }
}
