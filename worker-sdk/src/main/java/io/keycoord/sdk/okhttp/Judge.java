package io.keycoord.sdk.okhttp;

import io.keycoord.sdk.AnswerHead;
import io.keycoord.sdk.AnswerJudge;
import io.keycoord.sdk.CallFacts;
import io.keycoord.sdk.call.AnswerLimits;
import java.io.IOException;
import okhttp3.Call;
import okhttp3.Response;

/** Reads as much of an answer as is needed to judge it, and lets the caller read the rest. Safe for use by many threads. */
final class Judge {
    private final AnswerJudge judge;
    private final AnswerLimits limits;

    Judge(AnswerJudge judge, AnswerLimits limits) {
        this.judge = judge;
        this.limits = limits;
    }

    Answer failure(IOException failure, Attempt attempt, Call call) {
        return Answer.failed(failure, judge.judge(attempt.faultOf(failure, call.isCanceled()), attempt.lease()));
    }

    Answer answer(Response response, CallFacts told, Attempt attempt, Call call) throws IOException {
        String mediaType = Head.mediaType(response);
        AnswerHead unread = Head.unread(response, mediaType);
        DataWait wait = new DataWait(limits, attempt, call, mediaType);
        if (!unread.isNeeded()) {
            wait.readUntilData(response);
            return answer(response, judge.judge(unread, told, attempt.lease()), call, wait);
        }
        wait.readHead(response);
        Head head = Head.of(response);
        return answer(head.response(), judge.judge(head.of(unread), told, attempt.lease()), call, wait);
    }

    private static Answer answer(Response response, AnswerJudge.Verdict verdict, Call call, DataWait wait) {
        if (verdict instanceof AnswerJudge.Bad bad) {
            return Answer.bad(response, bad.trouble());
        } else if (verdict instanceof AnswerJudge.Open open) {
            return Answer.good(open(response, open, call, wait));
        }
        return Answer.good(response);
    }

    private static Response open(Response response, AnswerJudge.Open open, Call call, DataWait wait) {
        if (response.body().contentLength() == 0) {
            open.settlement().ended();
            return response;
        }
        SettlingBody body = new SettlingBody(response.body(), open.reader(), open.settlement(), call, wait);
        return response.newBuilder().body(body).build();
    }
}
