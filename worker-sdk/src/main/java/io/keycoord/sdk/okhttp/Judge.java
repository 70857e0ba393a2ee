package io.keycoord.sdk.okhttp;

import io.keycoord.sdk.AnswerHead;
import io.keycoord.sdk.AnswerJudge;
import io.keycoord.sdk.CallFacts;
import java.io.IOException;
import okhttp3.Call;
import okhttp3.Response;

/** Reads as much of an answer as is needed to judge it, and lets the caller read the rest. Safe for use by many threads. */
final class Judge {
    private final AnswerJudge judge;

    Judge(AnswerJudge judge) {
        this.judge = judge;
    }

    Answer failure(IOException failure, Attempt attempt, Call call) {
        return Answer.failed(failure, judge.judge(attempt.faultOf(failure, call.isCanceled()), attempt.lease()));
    }

    Answer answer(Response response, CallFacts told, Attempt attempt, Call call) throws IOException {
        AnswerHead unread = Head.unread(response);
        if (!unread.isNeeded()) {
            return answer(response, judge.judge(unread, told, attempt.lease()), call);
        }
        Head head = Head.of(response);
        return answer(head.response(), judge.judge(head.of(unread), told, attempt.lease()), call);
    }

    private static Answer answer(Response response, AnswerJudge.Verdict verdict, Call call) {
        if (verdict instanceof AnswerJudge.Bad bad) {
            return Answer.bad(response, bad.trouble());
        } else if (verdict instanceof AnswerJudge.Open open) {
            return Answer.good(open(response, open, call));
        }
        return Answer.good(response);
    }

    private static Response open(Response response, AnswerJudge.Open open, Call call) {
        if (response.body().contentLength() == 0) {
            open.settlement().ended();
            return response;
        }
        SettlingBody body = new SettlingBody(response.body(), open.reader(), open.settlement(), call);
        return response.newBuilder().body(body).build();
    }
}
