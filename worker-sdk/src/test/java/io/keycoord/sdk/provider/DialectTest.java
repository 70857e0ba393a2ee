package io.keycoord.sdk.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.keycoord.Outcome.Kind;
import io.keycoord.Outcome.Scope;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.sdk.Classification;
import io.keycoord.sdk.ErrorAnswer;
import io.keycoord.sdk.OtherKey;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of all providers, whatever their rules say. */
class DialectTest {
    private static final List<String> HARMLESS = List.of(
            "The word credit is in the prompt",
            "Insufficient credits is the title of the story you asked for",
            "tools[0].name credit_balance_exhausted is not allowed",
            "quota, billing and API key are reserved words",
            "metadata.user was not found: member of the group capacity exceeded");

    static Stream<String> names() {
        return Profiles.NAMES.stream();
    }

    private static Classification classified(String provider, int status, String body) {
        ErrorAnswer answer = ErrorAnswer.of(status, Map.of(), body.getBytes(StandardCharsets.UTF_8));
        return FixtureTest.classifier(provider).classify(answer, true);
    }

    private static boolean harms(Classification c) {
        Scope rests = c.outcome().block().scope();
        return c.outcome().kind() == Kind.KEY_FAILED || rests != Scope.NONE;
    }

    @ParameterizedTest
    @MethodSource("names")
    void harmlessBodyWithTheWordCreditHarmsNobody(String provider) {
        for (String message : HARMLESS) {
            for (int status : new int[] {400, 404, 405, 413, 415, 422}) {
                String body = "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"" + message + "\"}}";
                assertThat(classified(provider, status, body))
                        .as("%s %d %s", provider, status, message)
                        .matches(c -> !harms(c))
                        .matches(c -> c.outcome().kind() == Kind.CALLER_FAULT);
            }
        }
    }

    /** What the provider behind said of its own key, account or money must not be held against ours. */
    @Test
    void relayedErrorNeverHarmsAKey() {
        List<String> words = List.of(
                "\"raw\":{\"error\":{\"code\":\"invalid_api_key\",\"message\":\"User not found\"}}",
                "\"raw\":\"Insufficient credits\",\"error_type\":\"authentication\"",
                "\"raw\":\"Key limit exceeded\",\"error_type\":\"payment_required\",\"is_byok\":true",
                "\"raw\":\"free-models-per-day\",\"is_byok\":false");
        for (int status : IntStream.rangeClosed(400, 599).toArray()) {
            for (String word : words) {
                String body =
                        "{\"error\":{\"code\":" + status + ",\"message\":\"Provider returned error\",\"metadata\":"
                                + "{\"provider_name\":\"P\"," + word + "}}}";
                Classification c = classified("openrouter", status, body);

                assertThat(c.outcome().kind()).as("%d %s", status, word).isNotEqualTo(Kind.KEY_FAILED);
                assertThat(c.outcome().block().scope())
                        .as("%d %s", status, word)
                        .isNotIn(Scope.KEY, Scope.ACCOUNT);
                assertThat(c.otherKey()).as("%d %s", status, word).isEqualTo(OtherKey.NONE);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void pageOfTheEdgeHarmsNobody(String provider) {
        for (int status : new int[] {403, 429, 503}) {
            assertThat(classified(provider, status, "<html>API key, credit, quota</html>"))
                    .matches(c -> !harms(c))
                    .extracting(Classification::row)
                    .isEqualTo("G7");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "anthropic, x-api-key, ''",
        "azure, api-key, ''",
        "bedrock, Authorization, 'Bearer '",
        "deepseek, Authorization, 'Bearer '",
        "gemini, x-goog-api-key, ''",
        "groq, Authorization, 'Bearer '",
        "mistral, Authorization, 'Bearer '",
        "openai, Authorization, 'Bearer '",
        "openai-compatible, Authorization, 'Bearer '",
        "openrouter, Authorization, 'Bearer '",
        "together, Authorization, 'Bearer '"
    })
    void credentialIsSentAsTheProviderWantsIt(String provider, String header, String prefix) {
        assertThat(Dialect.of(provider).credentialHeader()).isEqualTo(header);
        assertThat(Dialect.of(provider).credentialPrefix()).isEqualTo(prefix);
        assertThat(Dialect.CREDENTIAL_HEADERS).contains(header);
    }

    @ParameterizedTest
    @CsvSource({
        "anthropic, some-model, false",
        "anthropic, claude-3-5-haiku-20241022, true",
        "anthropic, , false",
        "groq, some-model, false",
        "bedrock, some-model, false",
        "openai, some-model, true",
        "openrouter, some-model, true",
        "gemini, some-model, true"
    })
    void cacheReadsCountWhereTheProviderSaysSo(String provider, @Nullable String model, boolean counted) {
        assertThat(Dialect.of(provider).input().countsCacheReads(Optional.ofNullable(model)))
                .isEqualTo(counted);
    }

    @ParameterizedTest
    @MethodSource("names")
    void configurationAcceptsEveryProvider(String provider) {
        String document = "{\"pools\": [{\"id\": \"p\", \"provider\": \"" + provider
                + "\", \"baseUrl\": \"https://x.example/v1\", \"keys\": [{\"id\": \"k\", \"secret\": \"env:K\"}]}]}";

        assertThatCode(() -> CoordinatorConfig.parse(document)).doesNotThrowAnyException();
    }
}
