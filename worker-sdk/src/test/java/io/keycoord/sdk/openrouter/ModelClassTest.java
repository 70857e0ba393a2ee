package io.keycoord.sdk.openrouter;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.ApiSecret;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.LimitView;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.sdk.okhttp.FakeCoordinator;
import io.keycoord.sdk.openrouter.FallbackAnswers.Pair;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which limits are charged for variants of models, and for lists of models to fall back to. */
@ExtendWith(RedisExtension.class)
class ModelClassTest {
    private static final String CONFIG = """
            {"pools": [{"id": "pool", "provider": "openrouter", "baseUrl": "URL", "accounts": [
              {"id": "a", "limits": [
                {"models": "*:free", "requests": "20/h"}, {"models": "vendor/big*", "requests": "30/h"},
                {"models": "vendor/exact", "requests": "40/h"}, {"models": "*", "requests": "50/h"}],
               "keys": [{"id": "a1", "secret": "test:a1"}]}]}]}
            """;

    private final TestRedis redis;
    private final Scripted provider = new Scripted();

    ModelClassTest(TestRedis redis) {
        this.redis = redis;
    }

    @BeforeEach
    void clear() {
        redis.clear();
    }

    @AfterEach
    void stop() {
        provider.close();
    }

    /** The patterns of the classes that a call was charged to. */
    private List<String> charged(ChatRequest request) {
        provider.json(200, Scripted.ANSWER);
        try (RedisKeyCoordinator keys = RedisKeyCoordinator.builder()
                        .redis(redis.uri().toString())
                        .config(CoordinatorConfig.parse(
                                CONFIG.replace("URL", provider.baseUrl().toString()), Set.of("test")))
                        .secrets(reference -> Optional.of(ApiSecret.of("sim-secret")))
                        .build();
                PoolInspector inspector = PoolInspector.connect(redis.uri().toString())) {
            Map<String, Long> before = left(inspector);
            OpenRouterClient.create(keys, "pool").complete(request);
            Map<String, Long> after = left(inspector);
            return before.keySet().stream()
                    .filter(pattern -> after.getOrDefault(pattern, 0L) < before.getOrDefault(pattern, 0L))
                    .toList();
        }
    }

    private static Map<String, Long> left(PoolInspector inspector) {
        return inspector.key("pool", "a1").orElseThrow().limits().stream()
                .collect(Collectors.toMap(LimitView::models, LimitView::left));
    }

    @ParameterizedTest
    @CsvSource({
        "vendor/big, vendor/big*",
        "vendor/big:nitro, vendor/big*",
        "vendor/big:floor, vendor/big*",
        "vendor/big:free, *:free",
        "vendor/exact, vendor/exact",
        "vendor/exact:nitro, *",
        "vendor/exact:free, *:free",
        "vendor/other:floor, *"
    })
    void aVariantHasTheFirstPatternThatMatchesItWithItsSuffix(String model, String pattern) {
        assertThat(charged(ChatRequest.of(model, "Hello"))).containsExactly(pattern);
    }

    @Test
    void ofAListOfModelsTheFirstIsChargedWhicheverAnswers() {
        ChatRequest request = ChatRequest.of("vendor/exact", "Hello").withModels("vendor/other", "vendor/big");
        assertThat(charged(request)).containsExactly("vendor/exact");
    }

    @Test
    void aFreeModelIsChargedAsOneAlsoIfAPaidOneCouldAnswer() {
        ChatRequest request = ChatRequest.of("vendor/exact:free", "Hello").withModels("vendor/exact");
        assertThat(charged(request)).containsExactly("*:free");
    }

    private FallbackAnswers answeredBy(String model, ChatRequest request) {
        FakeCoordinator keys = new FakeCoordinator("openrouter", provider.baseUrl(), FakeCoordinator.key("k1", "a"));
        OpenRouterClient chat = OpenRouterClient.create(keys, FakeCoordinator.POOL);
        provider.json(200, Scripted.ANSWER.replace("vendor/other", model));
        chat.complete(request);
        provider.events("data: {\"model\":\"" + model + "\",\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n"
                + "data: {\"model\":\"" + model + "\",\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
        chat.stream(request, chunk -> {});
        return chat.fallbackAnswers();
    }

    @ParameterizedTest
    @CsvSource({
        "vendor/b, 2",
        "vendor/b-2026-01-01, 2",
        "vendor/b:nitro, 2",
        "vendor/a-mini, 2",
        "vendor/a, 0",
        "vendor/a-2026-01-01, 0",
        "vendor/alias, 0",
        "else/where, 2"
    })
    void anAnswerOfAnotherModelIsCountedWholeAndAsAStream(String answered, long count) {
        ChatRequest request = ChatRequest.of("vendor/a", "Hello").withModels("vendor/b", "vendor/a-mini");

        FallbackAnswers fallbacks = answeredBy(answered, request);

        assertThat(fallbacks.count()).isEqualTo(count);
        Pair pair = new Pair("vendor/a", answered);
        assertThat(fallbacks.pairs()).isEqualTo(count == 0 ? Map.of() : Map.of(pair, count));
    }
}
