package io.keycoord.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The page about client libraries shows what the tests here run, statement by statement, with the versions of the build. */
class ClientsDocumentTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern CODE = Pattern.compile("(?ms)^```java\\n(.*?)^```$");
    private static final Pattern VERSION = Pattern.compile("\\d+\\.\\d+\\.\\d+");

    private static String page() {
        return read(ROOT.resolve("docs/clients.md"));
    }

    static List<String> statements() {
        return CODE.matcher(page())
                .results()
                .map(block -> squeezed(block.group(1)))
                .flatMap(block -> Stream.of(block.split(";", 0)))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("statements")
    void aStatementThatIsShownIsRun(String statement) throws IOException {
        assertThat(tests().contains(statement))
                .as("run by a test: " + statement)
                .isTrue();
    }

    @Test
    void allStatementsAreFound() {
        assertThat(statements()).hasSize(8);
    }

    @Test
    void theVersionsAreThoseOfTheBuild() {
        String build = read(ROOT.resolve("pom.xml")) + read(Path.of("pom.xml"));
        List<String> named =
                VERSION.matcher(page()).results().map(MatchResult::group).toList();

        assertThat(named)
                .hasSizeGreaterThan(7)
                .allSatisfy(version -> assertThat(build).contains(">" + version + "<"));
    }

    /** All sources of this package but this one, without comments and spaces. */
    private static String tests() throws IOException {
        try (Stream<Path> sources = Files.list(Path.of("src/test/java/io/keycoord/clients"))) {
            return sources.map(source -> squeezed(read(source))).collect(Collectors.joining());
        }
    }

    private static String squeezed(String code) {
        return code.replaceAll("(?m) //.*$", "").replaceAll("\\s", "");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
