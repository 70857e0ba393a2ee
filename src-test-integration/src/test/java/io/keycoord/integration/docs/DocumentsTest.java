package io.keycoord.integration.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.keycoord.config.CoordinatorConfig;
import io.keycoord.console.cli.Main;
import io.keycoord.simulator.SimulatorConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Command lines, configurations and links of all documents. */
class DocumentsTest {
    private static final Pattern IN_BLOCK = Pattern.compile("(?m)^\\./keycoord ([^#\\n]*)");
    private static final Pattern IN_PROSE = Pattern.compile("`(?:\\./)?keycoord ([^`]*)`");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(?:#[^)]*)?\\)");

    static List<Path> documents() throws IOException {
        return Documents.all();
    }

    /** Every command line that a document shows, without the program's name. */
    static List<String> commandLines() throws IOException {
        List<String> lines = new ArrayList<>();
        for (Path document : Documents.all()) {
            Documents.blocks(document).forEach(block -> lines.addAll(found(IN_BLOCK, block.text())));
            lines.addAll(found(IN_PROSE, Documents.prose(document)));
        }
        return lines.stream().map(String::strip).distinct().toList();
    }

    @Test
    void commandLinesAreFound() throws IOException {
        assertThat(commandLines())
                .contains(
                        "demo",
                        "batch prompts.jsonl -o answers.jsonl --config keycoord.json --workers 4",
                        "simulator examples/simulator.json",
                        "key POOL ID");
    }

    @ParameterizedTest
    @MethodSource("commandLines")
    void aCommandLineThatIsShownIsUnderstood(String line) {
        String[] words = line.split(" +", -1);
        assertThatCode(() -> Main.commandLine().parseArgs(words)).doesNotThrowAnyException();
    }

    @Test
    void theReadmeNamesEveryCommand() {
        String readme = Documents.text(Documents.ROOT.resolve("README.md"));
        for (CommandLine command : Main.commandLine().getSubcommands().values()) {
            String name = command.getCommandName();
            assertThat(readme).containsPattern("`" + name + "[ `]|keycoord " + name + "\\b");
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void aConfigurationThatIsShownHasNoMistake(Path document) {
        for (String json : Documents.blocks(document, "json")) {
            if (json.contains("\"pools\"")) {
                assertThatCode(() -> CoordinatorConfig.parse(json)).doesNotThrowAnyException();
            } else if (json.contains("\"accounts\"")) {
                assertThatCode(() -> SimulatorConfig.parse(json)).doesNotThrowAnyException();
            }
        }
    }

    static Stream<Path> configurations() {
        Path examples = Documents.ROOT.resolve("examples");
        return Stream.of("keycoord.openrouter.json", "keycoord.simulator.json").map(examples::resolve);
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void anExampleHasNoMistake(Path file) {
        assertThatCode(() -> CoordinatorConfig.load(file)).doesNotThrowAnyException();
    }

    @Test
    void everyExampleIsExplained() throws IOException {
        Path examples = Documents.ROOT.resolve("examples");
        String readme = Documents.text(examples.resolve("README.md"));
        try (Stream<Path> files = Files.list(examples)) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> !name.equals("README.md")))
                    .allSatisfy(name -> assertThat(readme).contains("`" + name + "`"));
        }
    }

    @Test
    void theScriptsReadmeNamesEveryScriptAndModuleAndNoOther() throws IOException {
        Path lua = Documents.ROOT.resolve("lua");
        List<String> files;
        try (Stream<Path> all = Files.walk(lua)) {
            files = all.map(file -> lua.relativize(file).toString())
                    .filter(name -> name.endsWith(".lua"))
                    .map(name -> name.startsWith("lib/") ? name.substring(0, name.length() - ".lua".length()) : name)
                    .toList();
        }
        String tables = Documents.text(lua.resolve("README.md"))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("\\|", -1)[1])
                .collect(Collectors.joining());

        assertThat(found(Pattern.compile("`([^`]+)`"), tables)).containsExactlyInAnyOrderElementsOf(files);
    }

    @ParameterizedTest
    @MethodSource("documents")
    void aLinkLeadsSomewhere(Path document) {
        assertThat(found(LINK, Documents.prose(document)))
                .allSatisfy(link -> assertThat(document.resolveSibling(link)).exists());
    }

    private static List<String> found(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.results().map((MatchResult found) -> found.group(1)).toList();
    }
}
