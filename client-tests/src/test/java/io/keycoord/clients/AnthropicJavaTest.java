package io.keycoord.clients;

import static io.keycoord.clients.Stage.MODEL;
import static io.keycoord.clients.Stage.MOST_TOKENS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.AnthropicClientImpl;
import com.anthropic.core.ClientOptions;
import com.anthropic.core.http.HttpClient;
import com.anthropic.core.http.HttpMethod;
import com.anthropic.core.http.HttpRequest;
import com.anthropic.core.http.HttpRequestBody;
import com.anthropic.core.http.HttpResponse;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicIoException;
import com.anthropic.errors.RateLimitException;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import io.keycoord.KeyCoordinator;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.sdk.LeaseUnavailableException;
import io.keycoord.sdk.anthropic.LeasedAnthropicHttp;
import io.keycoord.sdk.okhttp.LeasedHttp;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RedisExtension.class)
class AnthropicJavaTest {
    private static final MessageCreateParams HELLO = MessageCreateParams.builder()
            .model(MODEL)
            .addUserMessage("Hello")
            .maxTokens(MOST_TOKENS)
            .build();

    private final Stage stage;
    private final AnthropicClient anthropic;

    AnthropicJavaTest(TestRedis redis) {
        redis.clear();
        stage = Stage.of(redis.uri(), "anthropic");
        anthropic = client(stage.keys());
    }

    private static AnthropicClient client(KeyCoordinator keys) {
        OkHttpClient http = LeasedHttp.newClient(keys, "llm");
        AnthropicClient anthropic = new AnthropicClientImpl(ClientOptions.builder()
                .baseUrl(keys.pool("llm").baseUrl().resolve(".").toString()) // the library adds v1 by itself
                .httpClient(LeasedAnthropicHttp.over(http))
                .maxRetries(0)
                .build());
        return anthropic;
    }

    @AfterEach
    void stop() {
        anthropic.close();
        stage.close();
    }

    @Test
    void aMessageLeasesAndSettles() {
        Message message = anthropic.messages().create(HELLO);

        assertThat(message.content().get(0).asText().text()).startsWith("the");
        stage.assertServed(1);
    }

    @Test
    void aStreamThatIsReadSettlesWithItsUsage() {
        try (StreamResponse<RawMessageStreamEvent> events = anthropic.messages().createStreaming(HELLO)) {
            assertThat(events.stream()).hasSizeGreaterThan(5);
        }

        stage.assertServed(1);
    }

    @Test
    void aStreamThatIsClosedEarlyGivesItsKeyBackAndKeepsItsCharge() {
        try (StreamResponse<RawMessageStreamEvent> events = anthropic.messages().createStreaming(HELLO)) {
            assertThat(events.stream().findFirst()).isPresent();
        }

        stage.assertLeasesCameBack();
        assertThat(stage.charged()).isGreaterThan(MOST_TOKENS);
    }

    @Test
    void aRawAnswerThatIsClosedUnreadGivesItsKeyBack() {
        HttpResponse kept;
        try (HttpResponse answer = anthropic.messages().withRawResponse().createStreaming(HELLO)) {
            kept = answer;
        }

        stage.assertLeasesCameBack();
        assertThat(kept.statusCode())
                .as("so that no garbage collection has given it back")
                .isEqualTo(200);
        assertThat(stage.charged()).isGreaterThan(MOST_TOKENS);
    }

    @Test
    void aFutureLeasesAndSettles() {
        CompletableFuture<Message> message = anthropic.async().messages().create(HELLO);

        assertThat(message).succeedsWithin(30, TimeUnit.SECONDS);
        stage.assertServed(1);
    }

    @Test
    void aCallThatIsCancelledGivesItsKeyBack() {
        stage.silence();
        HttpClient http = LeasedAnthropicHttp.over(stage.http());
        CompletableFuture<HttpResponse> answer = http.executeAsync(HttpRequest.builder()
                .method(HttpMethod.POST)
                .baseUrl(stage.keys().pool(Stage.POOL).baseUrl() + "/messages")
                .putHeader("anthropic-version", "2023-06-01")
                .body(HttpRequestBody.ofJson(Map.of(
                        "model", MODEL, "max_tokens", 9, "messages", List.of(Map.of("role", "user", "content", "Hi")))))
                .build());
        stage.awaitHeld();

        answer.cancel(true);

        stage.assertLeasesCameBack();
    }

    @Test
    void aRefusedCallMovesToTheOtherAccount() {
        stage.refuseOnce();

        assertThat(anthropic.messages().create(HELLO).content()).isNotEmpty();

        stage.assertEachAccountWasAskedOnce();
        stage.assertServed(1);
    }

    @Test
    void aRefusalOfBothAccountsIsTheLibrarysOwnException() {
        stage.refuseAll();

        assertThatThrownBy(() -> anthropic.messages().create(HELLO)).isInstanceOf(RateLimitException.class);

        stage.assertLeasesCameBack();
    }

    @Test
    void noKeyOfTheCallerReachesTheProvider() {
        Set<String> credentials = ConcurrentHashMap.newKeySet();
        OkHttpClient http = LeasedHttp.configure(new OkHttpClient.Builder(), stage.keys(), Stage.POOL)
                .addNetworkInterceptor(chain -> {
                    credentials.addAll(chain.request().headers("Authorization"));
                    credentials.addAll(chain.request().headers("x-api-key"));
                    return chain.proceed(chain.request());
                })
                .build();
        AnthropicClient signing = new AnthropicClientImpl(ClientOptions.builder()
                .baseUrl(stage.keys().pool(Stage.POOL).baseUrl().resolve(".").toString())
                .httpClient(LeasedAnthropicHttp.over(http))
                .putHeader("Authorization", "Bearer " + Stage.PLACEHOLDER)
                .putHeader("X-Api-Key", Stage.PLACEHOLDER)
                .build());

        signing.messages().create(HELLO);

        assertThat(credentials).singleElement().asString().matches("sim-secret-[ab]1");
    }

    @Test
    void withoutAKeyItIsABrokenConnectionThatSaysWhy() {
        HttpClient http = LeasedAnthropicHttp.over(stage.httpWithoutKeys());
        AnthropicClient none = anthropic.withOptions(options -> options.httpClient(http));

        assertThatThrownBy(() -> none.messages().create(HELLO))
                .isInstanceOf(AnthropicIoException.class)
                .hasCauseInstanceOf(LeaseUnavailableException.class);
        assertThat(stage.provider().requests()).isZero();
    }
}
