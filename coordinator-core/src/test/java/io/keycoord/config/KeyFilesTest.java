package io.keycoord.config;

import static io.keycoord.config.Configs.documentWithPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Long lists of keys in files of their own. */
class KeyFilesTest {
    private static final String POOL = "\"keysFrom\": \"keys.jsonl\"";
    private static final String SECRET = "sk-or-v1-0123456789abcdef0123456789abcdef";

    @TempDir
    private Path folder = Path.of("");

    private Path config(String fields) throws IOException {
        return Files.writeString(folder.resolve("keycoord.json"), documentWithPool(fields));
    }

    private void keys(String... lines) throws IOException {
        Files.writeString(folder.resolve("keys.jsonl"), String.join("\n", lines) + "\n");
    }

    private List<String> mistakes(String fields) throws IOException {
        Path file = config(fields);
        ConfigException thrown = catchThrowableOfType(ConfigException.class, () -> CoordinatorConfig.load(file));
        assertThat(thrown).isNotNull();
        assertThat(thrown.getMessage()).doesNotContain("0123456789abcdef");
        return thrown.mistakes();
    }

    @Test
    void keysOfAPoolAreWhatTheyWouldBeInTheConfiguration() throws IOException {
        String one = "{\"id\": \"a\", \"secret\": \"env:A\", \"weight\": 3, \"limits\": [{\"requests\": \"60/min\"}]}";
        String two = "{\"id\": \"b\", \"secret\": \"file:/run/b\", \"overall\": {\"concurrency\": 2}}";
        keys("\uFEFF" + one, "", "  \t", two + "\r");

        assertThat(CoordinatorConfig.load(config(POOL)))
                .isEqualTo(CoordinatorConfig.parse(documentWithPool("\"keys\": [" + one + ", " + two + "]")));
    }

    @Test
    void keysOfAnAccountComeAfterThoseListed() throws IOException {
        Path other = Files.createDirectory(folder.resolve("lists"));
        Files.writeString(other.resolve("team.jsonl"), "{\"id\": \"k2\", \"secret\": \"env:K2\"}");

        PoolConfig pool = CoordinatorConfig.load(
                        config("\"accounts\": [{\"id\": \"team\", \"keys\": [{\"id\": \"k1\", \"secret\": \"env:K1\"}],"
                                + " \"keysFrom\": \"lists/team.jsonl\"}]"))
                .pools()
                .get(0);

        assertThat(pool.accounts().get(0).keys()).extracting(KeyConfig::id).containsExactly("k1", "k2");
    }

    @Test
    void mistakesNameTheFileTheLineAndTheField() throws IOException {
        keys(
                "{\"id\": \"a\", \"secret\": \"env:A\"}",
                "{\"id\": \"a\", \"secret\": \"env:A\", \"weight\": 0, \"colour\": 1}",
                "",
                "{\"id\": \"b\", \"secret\": \"" + SECRET + "\"}",
                "[]",
                "{\"id\": \"c\", \"secret\": \"env:C\"",
                "{\"id\": \"d\"} {}",
                "{\"id\": \"e\", \"secret\": \"env:E\", \"limits\": [{\"requests\": \"0/min\"}], \"id\": \"f\"}");

        assertThat(mistakes(POOL + ", \"keys\": [{\"id\": \"e\", \"secret\": \"env:E\"}]"))
                .containsExactly(
                        "\"keys.jsonl\" line 2: id is \"a\", as is id on line 1 of \"keys.jsonl\"; expected distinct ids of"
                                + " keys in a pool",
                        "\"keys.jsonl\" line 2: weight is 0, expected a whole number from 1 to 100",
                        "\"keys.jsonl\" line 2: the line has the unknown field \"colour\", expected one of id, limits,"
                                + " secret, weight, overall, tenants",
                        "\"keys.jsonl\" line 4: secret is not a reference to a secret, and may be the secret itself (not shown); expected \"env:NAME\", \"file:/path\" (other schemes only with a SecretSource for them)",
                        "\"keys.jsonl\" line 5: the line is a list, expected an object",
                        "\"keys.jsonl\" line 6: the line is not JSON: column 30: the text ends too early, expected its"
                                + " remaining quotes and brackets",
                        "\"keys.jsonl\" line 7: the line has more text after its end",
                        "\"keys.jsonl\" line 7: secret is missing, expected a reference such as \"env:OPENROUTER_KEY_1\" or \"file:/run/secrets/openrouter\"",
                        "\"keys.jsonl\" line 8: the line has the field \"id\" twice, first on line 8",
                        "\"keys.jsonl\" line 8: id is \"e\", as is pools[0].keys[0].id on line 3; expected distinct ids of"
                                + " keys in a pool",
                        "\"keys.jsonl\" line 8: limits[0].requests has the amount 0, expected a whole number from 1 to 149497083 per 1m, where the arithmetic is exact");
    }

    @Test
    void filesThatCannotBeReadAreNamed() throws IOException {
        Files.write(folder.resolve("latin.jsonl"), "{\"id\": \"ä\"}".getBytes(StandardCharsets.ISO_8859_1));
        Files.writeString(folder.resolve("empty.jsonl"), "\n\n");
        String at = "line 3: pools[0].keysFrom is ";

        assertThat(mistakes("\"keysFrom\": \"none.jsonl\""))
                .containsExactly(at + "\"none.jsonl\": there is no such file");
        assertThat(mistakes("\"keysFrom\": \".\""))
                .containsExactly(at + "\".\": is a directory, expected a file of JSON Lines");
        assertThat(mistakes("\"keysFrom\": \"latin.jsonl\""))
                .containsExactly(at + "\"latin.jsonl\": the file is not UTF-8, expected JSON Lines in UTF-8");
        assertThat(mistakes("\"keysFrom\": \"empty.jsonl\""))
                .containsExactly(at + "\"empty.jsonl\": it has no keys, expected one a line");
        assertThat(mistakes("\"keysFrom\": \"a\\u0000b\""))
                .containsExactly(at + "\"a\\u0000b\": this is no name of a file");
        assertThat(mistakes("\"keysFrom\": [1]"))
                .containsExactly(at + "a list, expected the name of a file of JSON Lines, such as \"keys.jsonl\"");
        assertThat(mistakes("\"keysFrom\": \"" + SECRET + "\""))
                .containsExactly(at + "a text of 41 characters that looks like a secret: there is no such file");
    }

    @Test
    void thereMayBeSoManyKeysAndSoLongLines() throws IOException {
        Files.writeString(
                folder.resolve("many.jsonl"),
                IntStream.rangeClosed(0, Ranges.KEYS_OF_ACCOUNT)
                        .mapToObj(i -> "{\"id\": \"k" + i + "\", \"secret\": \"env:K\"}")
                        .collect(Collectors.joining("\n")));
        assertThat(mistakes("\"accounts\": [{\"id\": \"a\", \"keysFrom\": \"many.jsonl\"}]"))
                .containsExactly(
                        "line 3: pools[0].accounts[0].keysFrom is \"many.jsonl\": it has 10001 keys, expected at"
                                + " most 10000");
        keys("{\"id\": \"" + "k".repeat(70_000) + "\"}");
        assertThat(mistakes(POOL))
                .containsExactly("\"keys.jsonl\" line 1: the line has 70010 characters, expected at most 65536");
    }

    @Test
    void thereMayBeSoMuchText() throws IOException {
        Files.write(folder.resolve("keys.jsonl"), " ".repeat(40 << 20).getBytes(StandardCharsets.US_ASCII));

        assertThat(mistakes(POOL + ", \"accounts\": [{\"id\": \"a\", " + POOL + "}]"))
                .contains(
                        "line 3: pools[0].accounts[0].keysFrom is \"keys.jsonl\": the files of keys are larger than 64"
                                + " MiB together");
    }
}
