package io.keycoord.sdk.okhttp;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.keycoord.sdk.FaultClass;
import io.keycoord.sdk.UnmatchedAnswers;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.jdk.LeasedHttpClient;
import io.keycoord.sdk.provider.RulesException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import mockwebserver3.RecordedRequest;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A user's own file of rules, and the answers that no rule knows. */
class OwnRulesTest {
    private static final String NO_CREDIT =
            "{\"error\":{\"message\":\"x\",\"type\":\"insufficient_quota\",\"code\":\"credit_balance_exhausted\"}}";

    private final Provider provider = new Provider();
    private final FakeCoordinator keys = new FakeCoordinator("openai", provider.baseUrl(), key("a1", "a"));

    @TempDir
    Path folder;

    @AfterEach
    void stop() {
        provider.close();
    }

    /** Money in truth. */
    private Path thatCallsItCapacity() throws IOException {
        return file("""
                {"extends": "openai",
                 "rules": [{"row": "MY1", "match": {"status": [429], "word": {"code": ["credit_balance_exhausted"]}},
                            "fault": "capacity", "effect": "nobody", "sameKey": true}]}""");
    }

    private Path file(String json) throws IOException {
        return Files.writeString(folder.resolve("rules.json"), json);
    }

    private void call(CallOptions options) throws IOException {
        call(options, provider.chat());
    }

    private void call(CallOptions options, Request request) throws IOException {
        OkHttpClient http = LeasedHttp.newClient(keys, FakeCoordinator.POOL, options.withMaxAttempts(1));
        http.newCall(request).execute().close();
    }

    @Test
    void ownRuleChangesWhatAnAnswerMeans() throws IOException {
        provider.answers(429, NO_CREDIT).answers(429, NO_CREDIT);

        call(CallOptions.standard());
        call(CallOptions.standard().withRules(thatCallsItCapacity()));

        assertThat(keys.outcomes().get(0).cause()).isEqualTo("http_429_money");
        assertThat(keys.outcomes().get(1).cause()).isEqualTo("http_429_capacity");
    }

    @Test
    void ownRuleHoldsForTheClientOfTheJdkToo() throws Exception {
        provider.answers(429, NO_CREDIT);
        CallOptions options = CallOptions.standard().withMaxAttempts(1).withRules(thatCallsItCapacity());
        HttpRequest request = HttpRequest.newBuilder(URI.create(provider.baseUrl() + "/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Provider.CHAT))
                .build();

        LeasedHttpClient.of(HttpClient.newHttpClient(), keys, FakeCoordinator.POOL, options)
                .send(request, HttpResponse.BodyHandlers.ofString());

        assertThat(keys.outcome().cause()).isEqualTo("http_429_capacity");
    }

    @Test
    void ownCredentialHeaderIsSentAndTheCallersIsNot() throws Exception {
        Path rules = file("{\"extends\": \"openai\", \"credential\": {\"header\": \"X-Token\", \"prefix\": \"Key \"}}");
        provider.succeeds();

        Request request =
                provider.chat().newBuilder().header("x-token", "callers-own").build();
        call(CallOptions.standard().withRules(rules), request);

        RecordedRequest sent = provider.taken();
        assertThat(sent.getHeaders().values("X-Token")).containsExactly("Key secret-of-a1");
        assertThat(sent.getHeaders().get("Authorization")).isNull();
    }

    @Test
    void fileThatIsWrongIsRefusedBeforeAnyCall() throws IOException {
        Path rules = file("{\"extends\": \"openai\", \"rules\": [{\"row\": \"MY1\", \"match\": {}}]}");

        assertThatThrownBy(() -> CallOptions.standard().withRules(rules))
                .isInstanceOf(RulesException.class)
                .hasMessageStartingWith(rules + ": rules[0] (row MY1).match is {}, expected");
    }

    @Test
    void answerThatNoRuleKnowsIsCountedAndToldOnceWithoutItsBody() throws IOException {
        UnmatchedAnswers unmatched = new UnmatchedAnswers();
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(UnmatchedAnswers.class);
        log.start();
        logger.addAppender(log);
        logger.setLevel(Level.INFO);
        String body = "{\"error\":{\"message\":\"private\",\"code\":\"%s\"}}";
        provider.answers(418, body.formatted("no_coffee"))
                .answers(418, body.formatted("no_coffee"))
                .answers(429, body.formatted("AbcDefXyzSecretWithoutDigitsLikeNoMachineWord"))
                .answers(429, NO_CREDIT);

        for (int i = 0; i < 4; i++) {
            call(CallOptions.standard().withUnmatched(unmatched));
        }
        logger.detachAppender(log);
        logger.setLevel(null);

        assertThat(unmatched.count("openai")).isEqualTo(3);
        assertThat(unmatched.count("groq")).isZero();
        assertThat(unmatched.kinds())
                .isEqualTo(Map.of(
                        new UnmatchedAnswers.Kind("openai", 418, "no_coffee", FaultClass.BAD_REQUEST), 2L,
                        new UnmatchedAnswers.Kind("openai", 429, "", FaultClass.RATE_LIMIT), 1L));
        assertThat(log.list.stream().map(ILoggingEvent::getFormattedMessage))
                .containsExactly(
                        "an answer of openai is not recognised: status 418, code no_coffee, taken for BAD_REQUEST; told once",
                        "an answer of openai is not recognised: status 429, code none, taken for RATE_LIMIT; told once");
    }
}
