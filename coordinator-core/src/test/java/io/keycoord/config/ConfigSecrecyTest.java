package io.keycoord.config;

import static io.keycoord.config.Configs.documentWithKey;
import static io.keycoord.config.Configs.documentWithPool;
import static io.keycoord.config.Configs.mistakes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.PoolInfo;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** People paste keys into the wrong places; no message may pass them on. */
class ConfigSecrecyTest {
    private static final String OPENROUTER =
            "sk-or-v1-4f1c0ffee4f1c0ffee4f1c0ffee4f1c0ffee4f1c0ffee4f1c0ffee4f1c0ffee1";
    private static final String REFERENCE = "is not a reference to a secret, and may be the secret itself (not shown);"
            + " expected \"env:NAME\", \"file:/path\" (other schemes only with a SecretSource for them)";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "geheim",
                "Tr0ub4dor&3",
                OPENROUTER,
                "geheim:geheim",
                "GEHEIM:x",
                "vault:geheim",
                "https://geheim",
                ":geheim",
                "geheim:",
                "env:",
                "file:",
                "ENV:GEHEIM",
                " env:GEHEIM"
            })
    void aSecretThatIsNoReferenceIsNotShown(String secret) {
        assertThat(mistakes(documentWithKey("{\"id\": \"k\", \"secret\": \"" + secret + "\"}")))
                .containsExactly("line 3: pools[0].keys[0].secret " + REFERENCE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "env:1GEHEIM",
                "env:GE HEIM",
                "env:sk-geheim",
                "file:geheim",
                "file:./geheim",
                "file:\\u0000/geheim"
            })
    void aReferenceToSomethingElseIsNotShown(String secret) {
        List<String> mistakes = mistakes(documentWithKey("{\"id\": \"k\", \"secret\": \"" + secret + "\"}"));
        assertThat(mistakes).hasSize(1);
        assertThat(mistakes.get(0)).contains("(not shown, it may be a secret)");
        assertThat(mistakes.get(0).toLowerCase(Locale.ROOT)).doesNotContain("geheim", "ge heim");
    }

    @ParameterizedTest
    @ValueSource(strings = {"17", "true", "null", "[\"geheim\"]", "{\"geheim\": \"geheim\"}"})
    void aSecretThatIsNoTextIsNotShown(String value) {
        assertThat(mistakes(documentWithKey("{\"id\": \"k\", \"secret\": " + value + "}")))
                .containsExactly("line 3: pools[0].keys[0].secret is not a text, expected a reference such as"
                        + " \"env:OPENROUTER_KEY_1\" or \"file:/run/secrets/openrouter\"");
    }

    @ParameterizedTest
    @MethodSource
    void aKeyInAnotherPlaceIsNotShown(String document) {
        List<String> mistakes = mistakes(document);
        assertThat(mistakes).isNotEmpty();
        assertThat(String.join("\n", mistakes)).doesNotContain(OPENROUTER.substring(8, 20));
        assertThatThrownBy(() -> CoordinatorConfig.parse(document))
                .hasNoCause()
                .hasMessageNotContaining(OPENROUTER.substring(8, 20));
    }

    static List<String> aKeyInAnotherPlaceIsNotShown() {
        String key = "\"" + OPENROUTER + "\"";
        String keys = ", \"keys\": [{\"id\": \"k\", \"secret\": \"env:K\"}]";
        String shortKey = "\"" + OPENROUTER.substring(0, 40) + "\"";
        return List.of(
                documentWithKey("{\"id\": " + key + ", \"secret\": \"env:K\"}"),
                documentWithKey("{\"id\": " + shortKey + ", \"secret\": \"env:K\"}"),
                documentWithKey("{\"id\": \"k\", \"secret\": \"env:K\", \"apiKey\": " + key + "}"),
                documentWithKey("{\"id\": \"k\", \"secret\": \"env:K\", " + key + ": 1}"),
                documentWithKey("{\"id\": \"k\", \"secret\": \"env:K\", " + key + ": {\"a\": 1, \"a\": 1}}"),
                documentWithKey("{\"id\": \"k\", \"secret\": \"env:K\", " + key + ": 1, " + key + ": 1}"),
                documentWithKey("{\"id\": \"k\", \"secret\": \"env:K\", \"weight\": " + key + "}"),
                documentWithKey("{\"id\": \"k\", \"secret\": " + OPENROUTER + "}"),
                documentWithKey("{\"id\": \"k\", \"secret\": \"" + OPENROUTER + "}"),
                documentWithKey(key),
                documentWithPool("\"strategy\": " + key + keys),
                documentWithPool("\"leaseTtl\": " + key + keys),
                documentWithPool("\"baseUrl\": " + key + keys),
                documentWithPool("\"baseUrl\": \"https://x:" + OPENROUTER + "@api.example\"" + keys),
                documentWithPool("\"baseUrl\": \"http://api.example/" + OPENROUTER + "\"" + keys),
                documentWithPool("\"headers\": {\"Authorization\": \"Bearer " + OPENROUTER + "\"}" + keys),
                documentWithPool("\"headers\": {\"X-Key\": \"" + OPENROUTER + " \"}" + keys),
                documentWithPool("\"headers\": {" + key + ": 1}" + keys),
                Configs.documentWithLimits("{\"requests\": " + key + "}"),
                Configs.documentWithLimits("{\"models\": \"a " + OPENROUTER + "\", \"concurrency\": 1}"),
                "{" + key + ": 1}");
    }

    @Test
    void aPublicIdMayLookLikeWords() {
        for (String id :
                List.of("sketch-department-1", "sk-team-1", "key-team-marketing-eu-west-1", "gpt-4o-mini-2026-11-22")) {
            assertThat(mistakes(documentWithKey("{\"id\": \"" + id + "\", \"secret\": \"env:K\"}")))
                    .isEmpty();
        }
    }

    @Test
    void anIdThatIsAKeyIsRefused() {
        assertThat(mistakes(documentWithKey("{\"id\": \"sk-proj-0123456789abcdef\", \"secret\": \"env:K\"}")))
                .containsExactly(
                        "line 3: pools[0].keys[0].id is a text of 24 characters that looks like a secret, expected"
                                + " an id that everybody may read, never the key itself");
    }

    @Test
    void aKeyMadeInCodeDoesNotShowItsSecretEither() {
        assertThatThrownBy(() -> KeyConfig.of("k", OPENROUTER))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "secret of key k is not of the form scheme:name and may be the secret itself (not shown), expected"
                                + " a reference such as env:NAME");
    }

    @Test
    void modelNamesAndAddressesAreShown() {
        assertThat(Shown.text("meta-llama/llama-3.3-70b-instruct:free"))
                .isEqualTo("\"meta-llama/llama-3.3-70b-instruct:free\"");
        assertThat(Shown.text("https://generativelanguage.googleapis.com/v1beta"))
                .isEqualTo("\"https://generativelanguage.googleapis.com/v1beta\"");
        assertThat(Shown.text("a\u202Eb\n\"\\")).isEqualTo("\"a\\u202eb\\u000a\\\"\\\\\"");
        assertThat(Shown.text("word ".repeat(50))).hasSize(63).endsWith("…\"");
    }

    @Test
    void headersAreNamedAndNotShown() {
        PoolConfig pool = PoolConfig.of(
                        "p", "openai", URI.create("https://localhost/v1"), AccountConfig.of(KeyConfig.of("k", "env:K")))
                .withHeaders(Map.of("X-Gateway", "canary-in-a-header"));
        PoolInfo info = new PoolInfo("p", "openai", pool.baseUrl(), pool.headers());

        assertThat(CoordinatorConfig.of(pool).toString())
                .contains("X-Gateway", "env:K")
                .doesNotContain("canary");
        assertThat(info.toString()).contains("X-Gateway").doesNotContain("canary");
    }
}
