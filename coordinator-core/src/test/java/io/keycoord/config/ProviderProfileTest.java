package io.keycoord.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.RateLimit.Counted;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.RateLimit.Refund;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProviderProfileTest {

    @ParameterizedTest
    @CsvSource({
        "openrouter, https://openrouter.ai/api/v1, BUCKET, SAFE, ADMISSION",
        "openai, https://api.openai.com/v1, BUCKET, NONE, ADMISSION",
        "azure, , BUCKET, NONE, ADMISSION",
        "anthropic, https://api.anthropic.com/v1, BUCKET, SAFE, COMPLETION",
        "gemini, https://generativelanguage.googleapis.com/v1beta, SLIDING_WINDOW, SAFE, ADMISSION",
        "groq, https://api.groq.com/openai/v1, BUCKET, SAFE, ADMISSION",
        "mistral, https://api.mistral.ai/v1, SLIDING_WINDOW, SAFE, COMPLETION",
        "deepseek, https://api.deepseek.com/v1, SLIDING_WINDOW, SAFE, ADMISSION",
        "together, https://api.together.xyz/v1, SLIDING_WINDOW, SAFE, ADMISSION",
        "bedrock, , SLIDING_WINDOW, NONE, ADMISSION",
        "openai-compatible, , SLIDING_WINDOW, SAFE, ADMISSION"
    })
    void whatADocumentLeavesOutIsAsTheProviderDoesIt(
            String provider, String baseUrl, Mode mode, Refund refund, Counted counted) {
        String address = baseUrl == null ? "https://mine.example/v1" : baseUrl;
        PoolConfig pool = CoordinatorConfig.parse(
                        document(provider, baseUrl == null ? address : "", "{\"tokens\": \"9k/min\"}"))
                .pools()
                .get(0);
        RateLimit tokens = pool.accounts().get(0).limits().get(0).tokens().get(0);

        assertThat(pool.baseUrl()).hasToString(address);
        assertThat(tokens.mode()).isEqualTo(mode);
        assertThat(tokens.refund()).isEqualTo(refund);
        assertThat(tokens.counted()).isEqualTo(counted);
    }

    @Test
    void requestsAreCountedOnAdmission() {
        assertThat(requests("anthropic", "{\"requests\": \"9/min\"}").counted()).isEqualTo(Counted.ADMISSION);
        assertThat(requests("anthropic", "{\"requests\": \"9/min\", \"counted\": \"completion\"}")
                        .counted())
                .isEqualTo(Counted.COMPLETION);
    }

    @Test
    void freeModelsOfOpenRouterHaveFixedWindows() {
        assertThat(requests("openrouter", "{\"models\": \"*:free\", \"requests\": \"20/min\"}")
                        .mode())
                .isEqualTo(Mode.FIXED_WINDOW);
        assertThat(requests("openrouter", "{\"models\": \"*:free\", \"requests\": \"20/7s\"}")
                        .mode())
                .isEqualTo(Mode.BUCKET);
        assertThat(requests("openai", "{\"models\": \"*:free\", \"requests\": \"20/min\"}")
                        .mode())
                .isEqualTo(Mode.BUCKET);
    }

    @Test
    void daysOfGeminiAreDaysOfLosAngeles() {
        assertThat(requests("gemini", "{\"requests\": \"200/day\"}").mode()).isEqualTo(Mode.FIXED_PACIFIC_DAY);
        assertThat(requests("gemini", "{\"requests\": \"200/day\", \"mode\": \"fixed-window\"}")
                        .mode())
                .isEqualTo(Mode.FIXED_PACIFIC_DAY);
        assertThat(requests("gemini", "{\"requests\": {\"limit\": \"200/day\", \"resets\": \"utc\"}}")
                        .mode())
                .isEqualTo(Mode.FIXED_WINDOW);
        assertThat(requests("groq", "{\"requests\": {\"limit\": \"200/day\", \"mode\": \"fixed-window\"}}")
                        .mode())
                .isEqualTo(Mode.FIXED_WINDOW);
        assertThat(requests(
                                "groq",
                                "{\"requests\": {\"limit\": \"200/day\", \"mode\": \"fixed-window\", \"resets\": \"pacific\"}}")
                        .mode())
                .isEqualTo(Mode.FIXED_PACIFIC_DAY);
    }

    @Test
    void theRateOutranksTheEntryAndTheEntryTheProvider() {
        String entry = """
                {"requests": {"limit": "90/min", "mode": "bucket", "burst": 9, "arrivalJitter": "1s"}, "tokens": "9k/min",
                 "mode": "fixed-window", "arrivalJitter": "2s", "refund": "safe", "counted": "completion"}""";
        LimitConfig limits = Configs.limits(document("openai", "", entry));
        RateLimit requests = limits.requests().get(0);
        RateLimit tokens = limits.tokens().get(0);

        assertThat(requests.mode()).isEqualTo(Mode.BUCKET);
        assertThat(requests.burst()).isEqualTo(9);
        assertThat(requests.arrivalJitter()).hasSeconds(1);
        assertThat(requests.counted()).isEqualTo(Counted.COMPLETION);
        assertThat(tokens.mode()).isEqualTo(Mode.FIXED_WINDOW);
        assertThat(tokens.arrivalJitter()).hasSeconds(2);
        assertThat(tokens.refund()).isEqualTo(Refund.SAFE);
    }

    private static RateLimit requests(String provider, String entry) {
        return Configs.limits(document(provider, "", entry)).requests().get(0);
    }

    private static String document(String provider, String baseUrl, String entry) {
        String url = baseUrl.isEmpty() ? "" : "\"baseUrl\": \"" + baseUrl + "\", ";
        return "{\"pools\": [{\"id\": \"p\", \"provider\": \"" + provider + "\", " + url
                + "\"keys\": [{\"id\": \"k\", \"secret\": \"env:K\", \"limits\": [" + entry + "]}]}]}";
    }
}
