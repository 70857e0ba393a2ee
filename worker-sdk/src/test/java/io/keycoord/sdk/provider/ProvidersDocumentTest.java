package io.keycoord.sdk.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keycoord.sdk.Effect;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/providers.md} tells the truth. */
class ProvidersDocumentTest {
    private static final Pattern EXAMPLE = Pattern.compile("```json\n(.*?)```", Pattern.DOTALL);
    private static final Pattern CONDITION = Pattern.compile("(?m)^\\| `(\"[^`…]*)`");
    private static final Pattern LIMIT = Pattern.compile("`(\\{\"header\":[^`]*})`");

    private final String page = page();

    private static String page() {
        try {
            return Files.readString(Path.of("..", "docs", "providers.md"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Dialect read(String json) {
        return ProfileReader.read("docs", json.getBytes(StandardCharsets.UTF_8)).dialect("p");
    }

    private static Dialect withRule(String match) {
        return read("{\"extends\": \"openai\", \"rules\": [{\"row\": \"D\", \"match\": {" + match
                + "}, \"fault\": \"policy\", \"effect\": \"caller\"}]}");
    }

    @Test
    void everyProviderIsNamedWithItsCredential() {
        assertThat(Profiles.NAMES).allSatisfy(name -> {
            Dialect dialect = Dialect.of(name);
            String header = (dialect.credentialHeader() + ": " + dialect.credentialPrefix()).strip();
            assertThat(page).contains("| `" + name + "` | `" + header.replaceAll(":$", "") + "`");
        });
    }

    @Test
    void exampleIsAFileOfRules() {
        Matcher example = EXAMPLE.matcher(page);

        assertThat(example.find()).isTrue();
        assertThat(read(example.group(1)).rules()).anyMatch(rule -> rule.row().equals("MY1"));
    }

    @Test
    void everyConditionThatIsShownIsUnderstood() {
        assertThat(CONDITION.matcher(page).results())
                .hasSizeGreaterThan(9)
                .allSatisfy(found -> assertThat(withRule(found.group(1)).rules())
                        .anyMatch(rule -> rule.row().equals("D")));
    }

    @Test
    void limitThatIsShownIsUnderstood() throws JsonProcessingException {
        Matcher limit = LIMIT.matcher(page);

        assertThat(limit.find()).isTrue();
        assertThat(new ObjectMapper().readTree(limit.group(1)).isObject()).isTrue();
        assertThat(read("{\"extends\": \"openai\", \"limits\": [" + limit.group(1) + "]}")
                        .limits())
                .hasSize(1);
    }

    @Test
    void everyEffectIsExplained() {
        assertThat(Effect.values())
                .allSatisfy(effect -> assertThat(page)
                        .contains("`" + effect.name().toLowerCase(Locale.ROOT).replace('_', '-') + "`"));
    }
}
