package io.keycoord.console.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Acquisition.Denied;
import io.keycoord.Acquisition.Reason;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Outcome;
import io.keycoord.Outcome.Block;
import io.keycoord.Outcome.Scope;
import io.keycoord.Usage;
import io.keycoord.console.batch.Frame.Verdict;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JudgementTest {

    @Test
    void whoseFaultItIsTheSdkDecides() {
        assertThat(judge(404, "{}", Outcome.callerFault("http_404")).verdict()).isEqualTo(Verdict.ANSWERED);
        assertThat(judge(404, "{}", Outcome.providerFailed("model_access")).verdict())
                .isEqualTo(Verdict.RETRY);
        assertThat(judge(403, "{}", Outcome.callerFault("policy")).verdict()).isEqualTo(Verdict.ANSWERED);
    }

    @ParameterizedTest
    @CsvSource({
        "200,ANSWERED",
        "400,ANSWERED",
        "422,ANSWERED",
        "401,RETRY",
        "402,RETRY",
        "403,RETRY",
        "408,RETRY",
        "500,RETRY",
        "429,OVERLOADED",
        "503,OVERLOADED",
        "529,OVERLOADED"
    })
    void withoutALeaseTheStatusDecides(int status, Verdict verdict) {
        assertThat(Judgement.of(status, "{}", Optional.empty()).verdict()).isEqualTo(verdict);
    }

    @Test
    void aSuccessWithoutJsonIsNoAnswerAndNotAskedAgain() {
        Judgement judgement = judge(200, "<html>", Outcome.success(Usage.tokens(1, 2)));

        assertThat(judgement.verdict()).isEqualTo(Verdict.HOPELESS);
        assertThat(judgement.code()).isEqualTo("invalid_response");
    }

    @Test
    void anErrorInsideASuccessIsNoAnswer() {
        assertThat(judge(200, "{\"choices\":[]}", Outcome.providerFailed("embedded")))
                .extracting(Judgement::verdict, Judgement::code)
                .containsExactly(Verdict.RETRY, "failed_answer");
    }

    @Test
    void aRefusalTellsHowLongToRest() {
        Block block = new Block(Scope.ACCOUNT, Duration.ofSeconds(12));

        Judgement judgement =
                judge(429, "{\"error\":{\"message\":\"slow down\"}}", Outcome.rateLimited(block, "http_429"));

        assertThat(judgement)
                .isEqualTo(new Judgement(
                        Verdict.OVERLOADED,
                        "http_429",
                        "the provider answered 429: slow down",
                        Duration.ofSeconds(12)));
    }

    @Test
    void whatIsSaidAboutARefusedKeyIsNotRepeated() {
        String quoting = "{\"error\":{\"message\":\"Incorrect API key provided: sk-abcd\"}}";

        assertThat(Judgement.of(401, quoting, Optional.empty()).message()).isEqualTo("the provider answered 401");
    }

    @Test
    void aLongMessageIsCut() {
        String body = "{\"error\":{\"message\":\"" + "x".repeat(5000) + "\"}}";

        assertThat(Judgement.of(500, body, Optional.empty()).message()).hasSizeLessThan(400);
    }

    @Test
    void aDenialIsJudgedByItsReason() {
        assertThat(denied(Reason.RATE_LIMITED).verdict()).isEqualTo(Verdict.OVERLOADED);
        assertThat(denied(Reason.RATE_LIMITED).retryAfter()).isEqualTo(Duration.ofSeconds(3));
        assertThat(denied(Reason.UNHEALTHY))
                .extracting(Judgement::verdict, Judgement::code)
                .containsExactly(Verdict.RETRY, "no_key");
        assertThat(denied(Reason.MODEL_NOT_COVERED))
                .extracting(Judgement::verdict, Judgement::code)
                .containsExactly(Verdict.HOPELESS, "model_not_covered");
        assertThat(denied(Reason.IMPOSSIBLE).code()).isEqualTo("impossible");
    }

    @Test
    void aCallWithoutAnswerMayBeMadeAgain() {
        assertThat(Judgement.of(new InterruptedIOException("timeout")).code()).isEqualTo("timeout");
        assertThat(Judgement.of(new IOException("reset")))
                .isEqualTo(new Judgement(Verdict.RETRY, "network", "reset", Duration.ZERO));
    }

    private static Judgement judge(int status, String body, Outcome outcome) {
        return Judgement.of(status, body, Optional.of(outcome));
    }

    private static Judgement denied(Reason reason) {
        return Judgement.of(new KeyUnavailableException(new Denied("p", reason, Duration.ofSeconds(3))));
    }
}
