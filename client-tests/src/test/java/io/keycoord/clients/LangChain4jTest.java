package io.keycoord.clients;

import static io.keycoord.clients.Stage.MODEL;
import static io.keycoord.clients.Stage.MOST_TOKENS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.http.client.HttpMethod;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.keycoord.KeyCoordinator;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.sdk.LeaseUnavailableException;
import io.keycoord.sdk.langchain4j.LeasedLangChainHttp;
import io.keycoord.sdk.okhttp.LeasedHttp;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.OkHttpClient;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RedisExtension.class)
class LangChain4jTest {
    private final Stage stage;

    LangChain4jTest(TestRedis redis) {
        redis.clear();
        stage = Stage.of(redis.uri(), "openrouter");
    }

    @AfterEach
    void stop() {
        stage.close();
    }

    private static ChatModel chat(KeyCoordinator keys) {
        OkHttpClient http = LeasedHttp.newClient(keys, "llm");
        ChatModel model = OpenAiChatModel.builder()
                .baseUrl(keys.pool("llm").baseUrl().toString())
                .apiKey("leased")
                .httpClientBuilder(LeasedLangChainHttp.over(http))
                .maxRetries(0)
                .modelName("sim/chat")
                .maxTokens(400)
                .build();
        return model;
    }

    private static StreamingChatModel streaming(KeyCoordinator keys) {
        return OpenAiStreamingChatModel.builder()
                .baseUrl(keys.pool(Stage.POOL).baseUrl().toString())
                .apiKey(Stage.PLACEHOLDER)
                .httpClientBuilder(LeasedLangChainHttp.over(LeasedHttp.newClient(keys, Stage.POOL)))
                .modelName(MODEL)
                .maxTokens(MOST_TOKENS)
                .build();
    }

    @Test
    void aChatLeasesAndSettles() {
        assertThat(chat(stage.keys()).chat("Hello")).startsWith("the");

        stage.assertServed(1);
    }

    @Test
    void aStreamThatIsReadSettlesWithItsUsage() {
        StreamedAnswer answer = new StreamedAnswer(Integer.MAX_VALUE);

        streaming(stage.keys()).chat("Hello", answer);

        assertThat(answer.whole())
                .succeedsWithin(30, TimeUnit.SECONDS)
                .asString()
                .startsWith("the");
        stage.assertServed(1);
    }

    @Test
    void aStreamThatIsCancelledGivesItsKeyBackAndKeepsItsCharge() {
        StreamedAnswer answer = new StreamedAnswer(2);

        streaming(stage.keys()).chat("Hello", answer);

        assertThat(answer.cancelled()).succeedsWithin(30, TimeUnit.SECONDS);
        stage.assertLeasesCameBack();
        assertThat(stage.charged()).isGreaterThan(MOST_TOKENS);
    }

    @Test
    void aStreamThatIsNotParsedGivesItsKeyBackAndTellsWhy() {
        CompletableFuture<Throwable> told = new CompletableFuture<>();
        AtomicReference<InputStream> kept = new AtomicReference<>();
        HttpRequest request = HttpRequest.builder()
                .method(HttpMethod.POST)
                .url(stage.keys().pool(Stage.POOL).baseUrl() + "/chat/completions")
                .body(
                        "{\"model\":\"sim/chat\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}")
                .build();

        LeasedLangChainHttp.over(stage.http())
                .build()
                .execute(
                        request,
                        (stream, listener) -> {
                            kept.set(stream);
                            throw new IllegalStateException("no parser");
                        },
                        told::complete);

        assertThat(told)
                .succeedsWithin(30, TimeUnit.SECONDS)
                .asInstanceOf(InstanceOfAssertFactories.THROWABLE)
                .hasMessage("no parser");
        stage.assertLeasesCameBack();
        assertThat(kept.get())
                .as("so that no garbage collection has given it back")
                .isNotNull();
    }

    @Test
    void aRefusedCallMovesToTheOtherAccount() {
        stage.refuseOnce();

        assertThat(chat(stage.keys()).chat("Hello")).startsWith("the");

        stage.assertEachAccountWasAskedOnce();
        stage.assertServed(1);
    }

    @Test
    void aRefusalOfBothAccountsIsTheLibrarysOwnException() {
        stage.refuseAll();

        assertThatThrownBy(() -> chat(stage.keys()).chat("Hello")).isInstanceOf(RateLimitException.class);

        stage.assertLeasesCameBack();
    }

    @Test
    void aRefusedStreamFails() {
        stage.refuseAll();
        StreamedAnswer answer = new StreamedAnswer(Integer.MAX_VALUE);
        streaming(stage.keys()).chat("Hello", answer);
        assertThat(answer.whole()).failsWithin(30, TimeUnit.SECONDS);
        stage.assertLeasesCameBack();
    }

    @Test
    void withoutAKeyTheCauseSaysWhy() {
        ChatModel none = model(LeasedLangChainHttp.over(stage.httpWithoutKeys()));

        assertThatThrownBy(() -> none.chat("Hello")).hasCauseInstanceOf(LeaseUnavailableException.class);
        assertThat(stage.provider().requests()).isZero();
    }

    @Test
    void aModelSetsTheTimeoutToRead() {
        LeasedLangChainHttp builder = LeasedLangChainHttp.over(stage.http());
        assertThat(builder.readTimeout()).isEqualTo(Duration.ofMinutes(10));

        model(builder);

        assertThat(builder.readTimeout()).isEqualTo(Duration.ofMinutes(1));
    }

    private ChatModel model(LeasedLangChainHttp builder) {
        return OpenAiChatModel.builder()
                .baseUrl(stage.keys().pool(Stage.POOL).baseUrl().toString())
                .apiKey(Stage.PLACEHOLDER)
                .httpClientBuilder(builder)
                .maxRetries(0)
                .modelName(MODEL)
                .build();
    }
}
