package io.keycoord.clients;

import static io.keycoord.clients.Stage.MOST_TOKENS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.RateLimitException;
import io.keycoord.KeyCoordinator;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.sdk.okhttp.LeasedHttp;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;

@ExtendWith(RedisExtension.class)
class SpringAiTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Stage stage;
    private final OpenAiChatModel model;

    SpringAiTest(TestRedis redis) {
        redis.clear();
        stage = Stage.of(redis.uri(), "openrouter");
        model = model(stage.keys());
    }

    private static OpenAiChatModel model(KeyCoordinator keys) {
        OpenAIClient openai = OpenAIOkHttpClient.builder()
                .baseUrl(keys.pool("llm").baseUrl().toString())
                .apiKey("leased")
                .okHttpClient(LeasedHttp.newClient(keys, "llm"))
                .maxRetries(0)
                .build();
        OpenAiChatModel model = OpenAiChatModel.builder()
                .openAiClient(openai)
                .openAiClientAsync(openai.async())
                .options(OpenAiChatOptions.builder()
                        .model("sim/chat")
                        .maxTokens(400)
                        .build())
                .build();
        return model;
    }

    @AfterEach
    void stop() {
        stage.close();
    }

    @Test
    void aCallLeasesAndSettles() {
        assertThat(model.call("Hello")).startsWith("the");

        stage.assertServed(1);
    }

    @Test
    void aStreamThatIsReadSettlesWithItsUsage() {
        assertThat(model.stream("Hello").collectList().block(PATIENCE)).hasSizeGreaterThan(2);

        stage.assertServed(1);
    }

    @Test
    void aStreamThatIsLeftGivesItsKeyBack() {
        assertThat(model.stream("Hello").blockFirst(PATIENCE)).isNotNull();

        stage.assertLeasesCameBack();
        assertThat(stage.provider().tokensUsed()).isPositive();
    }

    @Test
    void aRefusedCallMovesToTheOtherAccount() {
        stage.refuseOnce();

        assertThat(model.call("Hello")).startsWith("the");

        stage.assertEachAccountWasAskedOnce();
        stage.assertServed(1);
    }

    @Test
    void aRefusalOfBothAccountsIsTheLibrarysOwnException() {
        stage.refuseAll();

        assertThatThrownBy(() -> model.call("Hello")).isInstanceOf(RateLimitException.class);

        stage.assertLeasesCameBack();
        assertThat(stage.charged()).isLessThan(MOST_TOKENS);
    }
}
