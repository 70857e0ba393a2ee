package io.keycoord.console.batch;

import java.util.List;
import java.util.Map;

/** Frames that workers of tests answer with. */
final class Answers {
    private Answers() {}

    static Frame.Answer ok(Frame.Ask ask) {
        return answer(ask, Frame.Verdict.ANSWERED, 200, "{\"ok\":true}", "", "");
    }

    static Frame.Answer failed(Frame.Ask ask, Frame.Verdict verdict, String code) {
        return answer(ask, verdict, 0, "", code, code + " happened");
    }

    static Frame.Answer answer(
            Frame.Ask ask, Frame.Verdict verdict, int status, String body, String code, String message) {
        return new Frame.Answer(
                ask.line(), verdict, status, null, body, code, message, 0, 3, 4, List.of("k1"), Map.of("SUCCESS", 1));
    }
}
