package io.keycoord.integration.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.ApiSecret;
import io.keycoord.KeyCoordinator;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's code and configuration, as they stand there but for the addresses and the secret. */
class ReadmeTest {
    private static final Path README = Documents.ROOT.resolve("README.md");
    private static final String SECRET = "sim-secret-of-the-readme";

    private final EmbeddedRedis redis = EmbeddedRedis.start();
    private final ProviderSimulator provider = ProviderSimulator.start(SimulatorConfig.builder()
            .account(SimulatedAccount.builder("a").key("k", SECRET).build())
            .build());

    @TempDir
    private Path dir;

    @AfterEach
    void stop() {
        provider.close();
        redis.close();
    }

    @Test
    void theWorkerLeasesSignsCallsAndSettles() throws Exception {
        Path config = Files.writeString(dir.resolve("keycoord.json"), configuration());
        String code = with(
                Documents.blocks(README, "java").get(0),
                "redis://localhost:6379",
                redis.uri().toString(),
                "Path.of(\"keycoord.json\")",
                "Path.of(\"" + config + "\")");

        String printed = printedBy(() -> Snippet.run(dir, "public static void run() throws Exception {" + code + "}"));

        assertThat(printed).contains("\"choices\"").doesNotContain(SECRET);
        assertThat(provider.stats().total().answered(200)).isEqualTo(1);
        assertNothingHeld();
    }

    @Test
    void theOpenRouterClientCompletes() throws Exception {
        String code = Documents.blocks(README, "java").get(1);
        try (KeyCoordinator keys = coordinator()) {
            String printed = printedBy(
                    () -> Snippet.run(dir, "public static void run(KeyCoordinator keys) {" + code + "}", keys));

            assertThat(printed).containsPattern("the.* cost [1-9]\\d* millionths");
        }
        assertNothingHeld();
    }

    @Test
    void theCallByHandLeasesAndSettles() throws Exception {
        String code = Documents.blocks(README, "java").get(2);
        try (KeyCoordinator keys = coordinator()) {
            Snippet.run(
                    dir,
                    "record Answer(long promptTokens, long completionTokens) {}"
                            + "static Answer callProvider(String secret) { return new Answer(secret.length(), 1); }"
                            + "public static void run(KeyCoordinator keys) {" + code
                            + "answer.orElseThrow().close(); }",
                    keys);
        }
        assertNothingHeld();
    }

    @Test
    void thereIsNoOtherCodeThatNobodyTries() {
        assertThat(Documents.blocks(README, "java")).hasSize(3);
    }

    private KeyCoordinator coordinator() throws IOException {
        return RedisKeyCoordinator.builder()
                .redis(redis.uri().toString())
                .config(CoordinatorConfig.load(Files.writeString(dir.resolve("c.json"), configuration())))
                .secrets(reference -> Optional.of(ApiSecret.of(SECRET)))
                .build();
    }

    private String configuration() throws IOException {
        Path secret = Files.writeString(dir.resolve("secret"), SECRET);
        return with(
                Documents.blocks(README, "json").get(0),
                "\"provider\": \"openrouter\",",
                "\"provider\": \"openrouter\", \"baseUrl\": \"" + provider.baseUrl() + "\",",
                "env:OPENROUTER_KEY_1",
                "file:" + secret);
    }

    /** Replaces texts that must be there, given in pairs. */
    private static String with(String text, String... replacements) {
        String result = text;
        for (int i = 0; i < replacements.length; i += 2) {
            assertThat(result).contains(replacements[i]);
            result = result.replace(replacements[i], replacements[i + 1]);
        }
        return result;
    }

    private void assertNothingHeld() {
        try (PoolInspector inspector = PoolInspector.connect(redis.uri().toString())) {
            assertThat(inspector.pools()).isEqualTo(List.of("openrouter"));
            assertThat(inspector.leases("openrouter")).isEmpty();
        }
    }

    /** What a program does that may fail. */
    private interface Program {
        void run() throws Exception;
    }

    private static String printedBy(Program program) throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            program.run();
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }
}
