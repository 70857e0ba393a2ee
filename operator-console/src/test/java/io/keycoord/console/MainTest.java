package io.keycoord.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.console.cli.Main;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {
    private static final String CONFIG = "{\"pools\":[{\"id\":\"p1\",\"provider\":\"openrouter\",\"keys\":"
            + "[{\"id\":\"k1\",\"secret\":\"file:%s\",\"limits\":[{\"models\":\"*\",\"requests\":\"5/min\"}]},"
            + "{\"id\":\"k2\",\"secret\":\"env:KEYCOORD_NO_SUCH_VARIABLE\"}]}]}";

    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bach",
                "batch",
                "batch --wrong in -o out",
                "batch none.jsonl -o out --config none.json",
                "batch in -o out --workers nine",
                "batch in -o out --workers 0",
                "batch in -o out --max-concurrent 0",
                "batch in -o out --deadline soon",
                "batch in -o out --deadline 0s",
                "config",
                "config check",
                "config check none.json",
                "functions",
                "functions load --redis nonsense",
                "simulator none.json",
                "keys",
                "key p1",
                "leases p --format xml",
                "pools --redis nonsense"
            })
    void aMistakeOfTheUsersIsOneLineAndCodeTwo(String args) {
        Ran ran = Ran.of(args.isEmpty() ? new String[0] : args.split(" ", -1));

        assertThat(ran.code()).as(ran.err()).isEqualTo(ExitCode.USAGE);
        assertThat(ran.err().lines()).hasSize(1).allMatch(line -> line.startsWith("keycoord"));
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void everyCommandHasHelpWithoutControlCharacters() {
        assertThat(Main.commandLine().getSubcommands().keySet())
                .contains("batch", "config", "pools", "keys", "key", "leases", "simulator");
        for (String name : Main.commandLine().getSubcommands().keySet()) {
            Ran ran = Ran.of(name, "--help");
            assertThat(ran.code()).isEqualTo(ExitCode.OK);
            assertThat(ran.out()).startsWith("Usage: keycoord " + name).doesNotContain("\u001B");
        }
        assertThat(Ran.of("--version").out()).startsWith("keycoord ");
        assertThat(Ran.of("config", "check", "--help").out()).contains("Exit codes");
    }

    @Test
    void everyOptionIsExplained() {
        for (CommandLine command : Main.commandLine().getSubcommands().values()) {
            assertThat(command.getCommandSpec().options()).allMatch(option -> option.description().length > 0);
        }
    }

    @Test
    void aConfigurationIsSummedUpWithoutItsSecrets() throws Exception {
        Path secret = Files.writeString(dir.resolve("secret"), "sk-very-secret-0123456789\n");
        Path config = Files.writeString(dir.resolve("c.json"), CONFIG.formatted(secret));

        Ran table = Ran.of("config", "check", config.toString());
        assertThat(table.code()).as(table.err()).isEqualTo(ExitCode.OK);
        assertThat(table.out())
                .contains(
                        "pool p1: provider openrouter", "2 accounts, 2 keys, 1 with a secret here", "requests 5/1m00s")
                .containsPattern("k1 +1 +none +file:.* +yes")
                .containsPattern("k2 +1 +none +env:KEYCOORD_NO_SUCH_VARIABLE +no")
                .doesNotContain("very-secret");

        Ran json = Ran.of("config", "check", "--format", "json", config.toString());
        assertThat(FormatOption.json()
                        .readTree(json.out())
                        .at("/pools/0/accounts/0/keys/0/found")
                        .asBoolean())
                .isTrue();
        assertThat(json.out()).doesNotContain("very-secret");
    }

    @Test
    void everyMistakeOfAConfigurationIsTold() throws Exception {
        Path config = Files.writeString(
                dir.resolve("c.json"),
                CONFIG.formatted("/none").replace("5/min", "five").replace("\"k2\"", "\"k 2\""));

        Ran ran = Ran.of("config", "check", config.toString());

        assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
        assertThat(ran.err()).contains("c.json: 2 mistakes", "five", "k 2");
    }

    @Test
    void aSimulatorsFileThatIsNoTextIsNamed() throws Exception {
        Path file = Files.write(dir.resolve("sim.json"), new byte[] {(byte) 0xC3, (byte) 0x28});

        Ran ran = Ran.of("simulator", file.toString());

        assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
        assertThat(ran.err()).contains("sim.json").hasLineCount(1);
    }

    @Test
    void aBatchOnAWrongConfigurationTellsTheFirstMistakeInOneLine() throws Exception {
        Path config = Files.writeString(
                dir.resolve("c.json"), CONFIG.formatted("/none").replace("5/min", "five"));

        Ran ran = Ran.of("batch", "in", "-o", "out", "--config", config.toString());

        assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
        assertThat(ran.err().lines()).hasSize(1);
        assertThat(ran.err()).contains("c.json", "five");
    }

    @Test
    void aBatchNamesWhatIsMissing() throws Exception {
        Path secret = Files.writeString(dir.resolve("secret"), "sk-very-secret-0123456789\n");
        String config = Files.writeString(dir.resolve("c.json"), CONFIG.formatted(secret))
                .toString();
        String out = dir.resolve("out").toString();

        assertThat(Ran.of("batch", "in", "-o", out, "--config", config, "--pool", "p9")
                        .err())
                .contains("--pool is p9", "expected one of p1");
        assertThat(Ran.of("batch", dir.resolve("none").toString(), "-o", out, "--config", config)
                        .err())
                .contains("the input", "is not a file that can be read");
        Files.delete(secret);
        assertThat(Ran.of("batch", "in", "-o", out, "--config", config).err())
                .contains("no key of pool p1 has its secret here", "env:KEYCOORD_NO_SUCH_VARIABLE");
        assertThat(List.of(dir.toFile().list())).containsExactly("c.json");
    }

    @Test
    void repeatedCustomIdsAreToldBeforeAnythingStarts() throws Exception {
        Path secret = Files.writeString(dir.resolve("secret"), "sk-very-secret-0123456789\n");
        String config = Files.writeString(dir.resolve("c.json"), CONFIG.formatted(secret))
                .toString();
        String line = "{\"custom_id\":\"a\",\"messages\":[1]}\n";
        String in = Files.writeString(dir.resolve("in"), line + "\n" + line).toString();

        Ran ran = Ran.of("batch", in, "-o", dir.resolve("out").toString(), "--config", config);

        assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
        assertThat(ran.err()).contains("\"a\" of line 3 is that of line 1 already");
        assertThat(dir.resolve("out")).doesNotExist();
        assertThat(dir.resolve("out.keycoord")).doesNotExist();
    }
}
