package io.keycoord.sdk;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.FakeCoordinator;
import io.keycoord.sdk.okhttp.LeasedHttp;
import io.keycoord.sdk.okhttp.Provider;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenCounterTest {
    private static final String CHAT = "/v1/chat/completions";

    private final List<String> asked = new ArrayList<>();
    private long each = 100;

    private CallFacts read(String body) {
        TokenCounter counter = (model, text) -> {
            asked.add(model.orElse("-") + ":" + text.length());
            if (each < -1) {
                throw new IllegalStateException("broken");
            }
            return each;
        };
        return new CallFactsReader(1_000, Optional.of(counter)).read(CHAT, body.getBytes(StandardCharsets.UTF_8));
    }

    private static String message(String text) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"" + text
                + "\"},{\"role\":\"user\",\"content\":\"ab\"}]," + "\"model\":\"m\"}";
    }

    /** The model may stand behind the prompt. */
    @Test
    void textsAreCountedOneByOneForTheirModel() {
        CallFacts facts = read(message("a".repeat(400)));

        // two texts, two messages, the conversation, and a tenth
        assertThat(facts.inputTokens()).isEqualTo(Math.round(Math.ceil(1.1 * (200 + 8 + 3))));
        assertThat(asked).containsExactly("m:400", "m:2");
    }

    @Test
    void whatIsLongerIsEstimated() {
        CallFacts facts = read(message("a".repeat(1_000_000)));

        assertThat(asked).containsExactly("m:131072");
        // 868,928 characters of the one and 2 of the other
        assertThat(facts.inputTokens()).isEqualTo((long) Math.ceil(1.1 * (100 + Math.ceil(868_930 / 4.0) + 11)));
    }

    @Test
    void pairOfSurrogatesIsNotCut() {
        CallFacts facts = read(message("a".repeat(131_071) + "\ud83d\ude00"));

        assertThat(asked).containsExactly("m:131071");
        assertThat(facts.inputTokens()).isEqualTo((long) Math.ceil(1.1 * (100 + Math.ceil(2 / 4.0 + 0.8) + 11)));
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, -2})
    void counterThatFailsIsDoneWithout(long broken) {
        each = broken;

        assertThat(read(message("a".repeat(400))).inputTokens())
                .isEqualTo(new CallFactsReader(1_000)
                        .read(CHAT, message("a".repeat(400)).getBytes(StandardCharsets.UTF_8))
                        .inputTokens());
        assertThat(asked).hasSize(1);
    }

    @Test
    void callsAreLeasedByIt() throws Exception {
        try (Provider provider = new Provider()) {
            FakeCoordinator keys = new FakeCoordinator("openai", provider.baseUrl(), key("a1", "a"));
            CallOptions options = CallOptions.standard().withTokenCounter((model, text) -> 5_000);
            provider.succeeds();

            LeasedHttp.newClient(keys, FakeCoordinator.POOL, options)
                    .newCall(new Request.Builder()
                            .url(provider.baseUrl() + "/chat/completions")
                            .post(RequestBody.create(Provider.CHAT, null))
                            .build())
                    .execute()
                    .close();

            assertThat(keys.requests.get(0).inputTokens()).isEqualTo((long) Math.ceil(1.1 * 5_007));
        }
    }
}
