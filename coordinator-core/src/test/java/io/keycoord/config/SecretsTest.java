package io.keycoord.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.keycoord.ApiSecret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class SecretsTest {
    private static final String VALUE = "sk-or-v1-0123456789abcdef";

    private final Logger logger = (Logger) LoggerFactory.getLogger(Secrets.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(log);
    }

    @Test
    void environmentVariablesAreResolved() {
        EnvironmentSecrets secrets = new EnvironmentSecrets(Map.of("KEY_1", VALUE)::get);
        assertThat(secrets.resolve("env:KEY_1")).contains(ApiSecret.of(VALUE));
        assertThat(secrets.resolve("env:KEY_2")).isEmpty();
        assertThat(warnings()).containsExactly("The secret env:KEY_2 is not set");
    }

    @Test
    void theRealEnvironmentIsAsked() {
        Map.Entry<String, String> variable = System.getenv().entrySet().stream()
                .filter(entry ->
                        entry.getKey().matches("[A-Z_]+") && entry.getValue().matches("[!-~]+"))
                .findFirst()
                .orElseThrow();
        assertThat(Secrets.standard().resolve("env:" + variable.getKey())).contains(ApiSecret.of(variable.getValue()));
    }

    @Test
    void theFirstLineOfAFileIsTheSecret(@TempDir Path folder) throws IOException {
        for (String content : List.of(VALUE, VALUE + "\n", VALUE + "\r\n", VALUE + "\nsecond line\n")) {
            assertThat(Secrets.standard().resolve(file(folder, content))).contains(ApiSecret.of(VALUE));
        }
        assertThat(warnings()).isEmpty();
    }

    @Test
    void filesWithoutASecretAreEmptyAndWarnedOfOnce(@TempDir Path folder) throws IOException {
        Secrets secrets = Secrets.standard();
        String missing = "file:" + folder.resolve("missing");
        String large = file(folder, VALUE + "\n" + "x".repeat(16 << 10));
        for (int i = 0; i < 2; i++) {
            assertThat(secrets.resolve(missing)).isEmpty();
            assertThat(secrets.resolve("file:" + folder)).isEmpty();
            assertThat(secrets.resolve(large)).isEmpty();
        }
        assertThat(warnings())
                .containsExactly(
                        "The secret " + missing + " is not a file that this user can read",
                        "The secret file:" + folder + " is not a file that this user can read",
                        "The secret " + large + " is a file of more than 16 KiB");
    }

    @Test
    void contentsThatAreNoSecretAreNotLogged(@TempDir Path folder) throws IOException {
        for (String content : List.of("", "\n" + VALUE, "geheim mit blank", "geheim\tmit-tab", "geheimnisträger")) {
            assertThat(Secrets.standard().resolve(file(folder, content))).isEmpty();
        }
        assertThat(warnings()).hasSize(5).allSatisfy(warning -> {
            assertThat(warning).contains("is empty or holds blanks or characters that cannot be sent");
            assertThat(warning).doesNotContain("geheim", VALUE);
        });
    }

    @Test
    void aFileOfTheLargestSizeIsRead(@TempDir Path folder) throws IOException {
        String content = VALUE + "\n";
        String padded = content + "x".repeat((16 << 10) - content.length());
        assertThat(Secrets.standard().resolve(file(folder, padded))).contains(ApiSecret.of(VALUE));
    }

    @Test
    void referencesOfOtherFormsAreRefusedWithoutShowingThem() {
        for (String wrong :
                List.of(VALUE, "", "env:", "env:" + VALUE, "file:" + VALUE, "vault:" + VALUE, ":" + VALUE)) {
            assertThatThrownBy(() -> Secrets.standard().resolve(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("a reference ")
                    .hasMessageNotContaining(VALUE);
        }
    }

    @Test
    void secretsInMemoryAreForTests() {
        Secrets secrets = Secrets.of(Map.of("a", VALUE));
        assertThat(secrets.resolve("test:a")).contains(ApiSecret.of(VALUE));
        assertThat(secrets.resolve("test:b")).isEmpty();
        assertThat(secrets.schemes()).isEqualTo(Set.of("test"));
        assertThat(secrets).hasToString("Secrets[test]");
        assertThatThrownBy(() -> Secrets.of(Map.of("a", "geheim mit blank"))).hasMessageNotContaining("geheim");
    }

    @Test
    void sourcesAreJoinedBySchemeAndThenInOrder() {
        Secrets joined = Secrets.of(Map.of("a", "first"))
                .orElse(Secrets.of(Map.of("a", "second", "b", "third")))
                .orElse(Secrets.of("vault", reference -> Optional.of(ApiSecret.of(reference))));
        assertThat(joined.resolve("test:a").orElseThrow().reveal()).isEqualTo("first");
        assertThat(joined.resolve("test:b").orElseThrow().reveal()).isEqualTo("third");
        assertThat(joined.resolve("vault:x").orElseThrow().reveal()).isEqualTo("vault:x");
        assertThat(joined.schemes()).isEqualTo(Set.of("test", "vault"));
    }

    @Test
    void schemesAreChecked() {
        assertThatThrownBy(() -> Secrets.of("No scheme", reference -> Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("scheme is \"No scheme\", expected");
    }

    private static String file(Path folder, String content) throws IOException {
        Path file = Files.createTempFile(folder, "secret", "");
        Files.write(file, content.getBytes(StandardCharsets.UTF_8));
        return "file:" + file;
    }

    private List<String> warnings() {
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
