package io.keycoord.clients;

import static io.keycoord.clients.Stage.MODEL;
import static io.keycoord.clients.Stage.MOST_TOKENS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.OpenAIIoException;
import com.openai.errors.RateLimitException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import io.keycoord.KeyCoordinator;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.sdk.LeaseUnavailableException;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.LeasedHttp;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

@ExtendWith(RedisExtension.class)
class OpenAiJavaTest {
    private static final ChatCompletionCreateParams HELLO = ChatCompletionCreateParams.builder()
            .model(MODEL)
            .addUserMessage("Hello")
            .maxCompletionTokens(MOST_TOKENS)
            .build();

    private final Stage stage;
    private final OpenAIClient openai;

    OpenAiJavaTest(TestRedis redis) {
        redis.clear();
        stage = Stage.of(redis.uri(), "openrouter");
        openai = client(stage.keys());
    }

    private static OpenAIClient client(KeyCoordinator keys) {
        OkHttpClient http = LeasedHttp.newClient(keys, "llm");
        OpenAIClient openai = OpenAIOkHttpClient.builder()
                .baseUrl(keys.pool("llm").baseUrl().toString())
                .apiKey("leased")
                .okHttpClient(http)
                .maxRetries(0)
                .build();
        return openai;
    }

    @AfterEach
    void stop() {
        stage.close();
    }

    @Test
    void aCompletionLeasesAndSettles() {
        ChatCompletion answer = openai.chat().completions().create(HELLO);

        assertThat(answer.choices().get(0).message().content()).isPresent();
        stage.assertServed(1);
    }

    @Test
    void aStreamThatIsReadSettlesWithItsUsage() {
        try (StreamResponse<ChatCompletionChunk> chunks =
                openai.chat().completions().createStreaming(HELLO)) {
            assertThat(chunks.stream()).hasSizeGreaterThan(2);
        }

        stage.assertServed(1);
    }

    @Test
    void aStreamThatIsClosedEarlyGivesItsKeyBackAndKeepsItsCharge() {
        try (StreamResponse<ChatCompletionChunk> chunks =
                openai.chat().completions().createStreaming(HELLO)) {
            assertThat(chunks.stream().findFirst()).isPresent();
        }

        stage.assertLeasesCameBack();
        assertThat(stage.charged()).isGreaterThan(MOST_TOKENS);
    }

    @Test
    void manyFuturesLeaseAtTheSameTime() {
        CompletableFuture<?>[] answers = new CompletableFuture<?>[12];
        for (int i = 0; i < answers.length; i++) {
            answers[i] = openai.async()
                    .chat()
                    .completions()
                    .create(HELLO.toBuilder().maxCompletionTokens(40).build());
        }

        assertThat(CompletableFuture.allOf(answers).orTimeout(30, TimeUnit.SECONDS))
                .succeedsWithin(30, TimeUnit.SECONDS);

        assertThat(stage.provider().completed()).isEqualTo(12);
        assertThat(stage.provider().answered(429)).isZero();
        stage.assertLeasesCameBack();
    }

    @Test
    void anAsyncStreamSettles() {
        Queue<String> text = new ConcurrentLinkedQueue<>();
        CompletableFuture<?> over = openai.async()
                .chat()
                .completions()
                .createStreaming(HELLO)
                .subscribe(chunk -> chunk.choices()
                        .forEach(choice -> choice.delta().content().ifPresent(text::add)))
                .onCompleteFuture();

        assertThat(over).succeedsWithin(30, TimeUnit.SECONDS);

        assertThat(String.join("", text)).startsWith("the");
        stage.assertServed(1);
    }

    @Test
    void aRefusedCallMovesToTheOtherAccount() {
        stage.refuseOnce();

        assertThat(openai.chat().completions().create(HELLO).choices()).isNotEmpty();

        stage.assertEachAccountWasAskedOnce();
        stage.assertServed(1);
    }

    @Test
    void aRefusalOfBothAccountsIsTheLibrarysOwnException() {
        stage.refuseAll();

        assertThatThrownBy(() -> openai.chat().completions().create(HELLO)).isInstanceOf(RateLimitException.class);

        stage.assertLeasesCameBack();
    }

    @Test
    void aLibraryThatRetriesByItselfIsNoticedOnce() {
        Logger logger = (Logger) LoggerFactory.getLogger("io.keycoord.sdk");
        ListAppender<ILoggingEvent> told = new ListAppender<>();
        told.start();
        logger.addAppender(told);
        stage.refuseOnce();
        try {
            OkHttpClient http = LeasedHttp.newClient(
                    stage.keys(), Stage.POOL, CallOptions.standard().withMaxAttempts(1));
            OpenAIClient impatient = OpenAIOkHttpClient.builder()
                    .baseUrl(stage.keys().pool(Stage.POOL).baseUrl().toString())
                    .apiKey(Stage.PLACEHOLDER)
                    .okHttpClient(http)
                    .build();
            impatient.chat().completions().create(HELLO);
            impatient.chat().completions().create(HELLO);
        } finally {
            logger.detachAppender(told);
        }

        assertThat(told.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .filteredOn(text -> text.contains("maxRetries"))
                .hasSize(1);
        stage.assertServed(2);
    }

    @Test
    void withoutAKeyItIsABrokenConnectionThatSaysWhy() {
        OpenAIClient none = OpenAIOkHttpClient.builder()
                .baseUrl(stage.keys().pool(Stage.POOL).baseUrl().toString())
                .apiKey(Stage.PLACEHOLDER)
                .okHttpClient(stage.httpWithoutKeys())
                .maxRetries(0)
                .build();

        assertThatThrownBy(() -> none.chat().completions().create(HELLO))
                .isInstanceOf(OpenAIIoException.class)
                .hasCauseInstanceOf(LeaseUnavailableException.class);
        assertThat(stage.provider().requests()).isZero();
    }
}
