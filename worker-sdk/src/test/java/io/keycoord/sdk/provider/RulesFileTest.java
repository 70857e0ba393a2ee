package io.keycoord.sdk.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.sdk.LimitHeader;
import io.keycoord.sdk.Rule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a file of rules may say, and how its mistakes are told. */
class RulesFileTest {
    private static final String BASE = "'extends': 'openai'";

    @TempDir
    Path folder;

    private static Dialect read(String json) {
        byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return ProfileReader.read("my.json", bytes).dialect("p");
    }

    private static List<String> rows(Dialect dialect) {
        return dialect.rules().stream().map(Rule::row).toList();
    }

    private static String rule(String fields) {
        return "{" + BASE + ", 'rules': [{" + fields + "}]}";
    }

    @Test
    void rulesAreTriedBeforeThoseOfTheSameListThatAreExtended() {
        String rule = "{'row': '%s', 'match': {'status': [%d]}, 'fault': 'policy', 'effect': 'caller'}";
        Dialect mine = read("{" + BASE + ", 'first': [" + rule.formatted("MY1", 430) + "], 'rules': ["
                + rule.formatted("MY2", 431) + "], 'last': [" + rule.formatted("MY3", 432) + "]}");

        assertThat(rows(mine))
                .startsWith("MY1", "G7", "MY2", "OA8")
                .endsWith("OA12", "MY3", "G2", "G3", "G4", "G5", "G6", "G8", "G9", "G1");
        assertThat(mine.credentialHeader()).isEqualTo("Authorization");
        assertThat(mine.limits()).isEqualTo(Dialect.of("openai").limits());
    }

    @Test
    void withoutAProviderToExtendItIsAllThereIs() {
        Dialect mine = read("{'credential': {'header': 'X-Token'}, 'limits': [{'header': 'x-left-{}', 'counts': "
                + "'inputTokens', 'window': 'hour'}], 'keyPaths': ['me'], 'creditsPaths': ['my/money'], 'rules': [{'row': 'MY', 'match': {'page': true}, "
                + "'fault': 'edge', 'effect': 'nobody'}]}");

        assertThat(rows(mine)).containsExactly("MY");
        assertThat(mine.credentialHeader()).isEqualTo("X-Token");
        assertThat(mine.credentialPrefix()).isEmpty();
        assertThat(mine.limits()).map(LimitHeader::name).containsExactly("x-left-{}");
        assertThat(mine.keyPaths()).containsExactly("me");
        assertThat(mine.creditsPaths()).containsExactly("my/money");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // Rules of which one field is wrong.
                "'match': {'status': [429]}, 'fault': 'policy', 'effect': 'caller' | rules[0] lacks the field \"row\", expected its name",
                "'row': 'a b' | rules[0].row is \"a b\", expected 1 to 32 letters, digits, '_', '.' and '-'",
                "'row': 'M', 'match': {'status': [429]}, 'fault': 'policie', 'effect': 'caller' | rules[0] (row M).fault is \"policie\", expected one of key-invalid, key-leaked, auth",
                "'row': 'M', 'match': {'status': [429]}, 'fault': 'policy', 'effect': 7 | rules[0] (row M).effect is 7, expected one of dead, suspect-then-dead",
                "'row': 'M', 'match': {'status': [429]}, 'fault': 'policy' | rules[0] (row M) lacks the field \"effect\", expected what it does to the key",
                "'row': 'M', 'match': {'status': [429]}, 'fault': 'policy', 'effect': 'caller', 'retry': true | rules[0] has the unknown field \"retry\", expected one of alert, ambiguous",
                "'row': 'M', 'match': {'status': [429]}, 'fault': 'policy', 'effect': 'caller', 'alert': false | rules[0] (row M).alert is false, expected true, or no such field",
                "'row': 'M', 'match': {'status': [429]}, 'fault': 'policy', 'effect': 'caller', 'sameKey': 'yes' | rules[0] (row M).sameKey is \"yes\", expected true",
                "'row': 'M', 'match': {'status': [429]}, 'fault': 'policy', 'effect': 'caller', 'otherKey': 'all' | rules[0] (row M).otherKey is \"all\", expected one of none, any, any-once, other-account",
                "'row': 'M', 'why': '', 'match': {'status': [429]} | rules[0] (row M).why is \"\", expected a sentence",
                // Nothing is tested, or nothing can be met.
                "'row': 'M', 'fault': 'policy', 'effect': 'caller' | rules[0] (row M) lacks the field \"match\"",
                "'row': 'M', 'match': {} | rules[0] (row M).match is {}, expected an object with at least one condition",
                "'row': 'M', 'match': {'stat': [1]} | rules[0] (row M).match has the unknown field \"stat\", expected one of any, detail",
                "'row': 'M', 'match': {'status': []} | rules[0] (row M).match.status is [], expected a list of statuses from 100 to 999",
                "'row': 'M', 'match': {'status': 429} | rules[0] (row M).match.status is 429, expected a list of statuses",
                "'row': 'M', 'match': {'status': [99]} | rules[0] (row M).match.status[0] is 99, expected a list of statuses",
                "'row': 'M', 'match': {'status': [429, '599-500']} | rules[0] (row M).match.status[1] is \"599-500\", expected",
                "'row': 'M', 'match': {'status': ['4xx']} | rules[0] (row M).match.status[0] is \"4xx\", expected",
                "'row': 'M', 'match': {'says': ['*']} | rules[0] (row M).match.says[0] is \"*\", expected a list of texts",
                "'row': 'M', 'match': {'says': 'credit'} | rules[0] (row M).match.says is \"credit\", expected a list of texts",
                "'row': 'M', 'match': {'word': {}} | rules[0] (row M).match.word is {}, expected an object with the names of fields",
                "'row': 'M', 'match': {'word': {'code': []}} | rules[0] (row M).match.word.code is [], expected a list of texts",
                "'row': 'M', 'match': {'word': {'co de': ['x']}} | rules[0] (row M).match.word has the name \"co de\", expected one of the form",
                "'row': 'M', 'match': {'header': {'Retry-After': ['x']}} | rules[0] (row M).match.header has the name \"Retry-After\", expected",
                "'row': 'M', 'match': {'relayed': false} | rules[0] (row M).match.relayed is false, expected true",
                "'row': 'M', 'match': {'any': [{'page': true}]} | rules[0] (row M).match.any is [{\"page\":true}], expected a list of objects with conditions, two or more",
                "'row': 'M', 'match': {'any': [{'page': true}, {}]} | rules[0] (row M).match.any[1] is {}, expected an object with at least one",
                "'row': 'M', 'match': {'not': {}} | rules[0] (row M).match.not is {}, expected",
                "'row': 'M', 'match': {'has': ['a..b']} | rules[0] (row M).match.has[0] is \"a..b\", expected a list of names",
                // Waits.
                "'row': 'M', 'match': {'page': true}, 'fault': 'money', 'effect': 'block-account' | rules[0] (row M) rests for no time, expected a field \"wait\" of more than 0s",
                "'row': 'M', 'match': {'page': true}, 'fault': 'money', 'effect': 'block-key', 'wait': '0s' | rules[0] (row M) rests for no time",
                "'row': 'M', 'match': {'page': true}, 'fault': 'money', 'effect': 'caller', 'wait': '5 min' | rules[0] (row M).wait is \"5 min\", expected a time from \"0s\" to \"32d\"",
                "'row': 'M', 'match': {'page': true}, 'fault': 'money', 'effect': 'caller', 'wait': '33d' | rules[0] (row M).wait is \"33d\", expected a time",
                "'row': 'M', 'match': {'page': true}, 'fault': 'money', 'effect': 'caller', 'wait': 5 | rules[0] (row M).wait is 5, expected an object",
                "'row': 'M', 'match': {'page': true}, 'fault': 'money', 'effect': 'caller', 'wait': {'told': 'hint'} | rules[0] (row M).wait lacks the field \"otherwise\", expected a time",
                "'row': 'M', 'match': {'page': true}, 'fault': 'money', 'effect': 'caller', 'wait': {'told': 'x', 'otherwise': '1s'} | rules[0] (row M).wait.told is \"x\", expected one of nothing, hint, reset, resets-at, date",
            })
    void ruleThatIsWrongIsToldWithItsPlace(String fields, String message) {
        assertThatThrownBy(() -> read(rule(fields)))
                .isInstanceOf(RulesException.class)
                .hasMessageStartingWith("my.json: " + message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[] | my.json: the file is [], expected an object",
                "{'extends': 'openai', 'rulez': []} | my.json: the file has the unknown field \"rulez\", expected one of credential, creditsPaths, extends",
                "{'extends': 'acme'} | my.json: extends is \"acme\", expected one of anthropic, azure, bedrock",
                "{'rules': []} | my.json: the file lacks the field \"credential\", expected the header that carries the secret",
                "{'credential': {'header': 'a b'}} | my.json: credential.header is \"a b\", expected the name of a header",
                "{'credential': {'header': 'a', 'prefix': 7}} | my.json: credential.prefix is 7, expected a short text",
                "{'extends': 'openai', 'rules': []} | my.json: rules is [], expected a list of rules",
                "{'extends': 'openai', 'rules': {}} | my.json: rules is {}, expected a list of rules",
                "{'extends': 'openai', 'rules': [7]} | my.json: rules[0] is 7, expected an object",
                "{'extends': 'openai', 'extends': 'groq'} | my.json: is not JSON on line 1, column",
                "{'extends': 'openai'} {} | my.json: is not JSON on line 1",
                "{'extends': | my.json: is not JSON on line 1",
                "`` | my.json: the file is , expected an object",
                "{'extends': 'openai', 'input': 'some'} | my.json: input is \"some\", expected one of all, uncached",
                "{'extends': 'openai', 'input': {'uncached': false}} | my.json: input.uncached is false, expected true",
                "{'extends': 'openai', 'input': {'uncached': true}} | my.json: input lacks the field \"wholeFor\", expected the models whose prompts count whole",
                "{'extends': 'openai', 'input': {'uncached': true, 'wholeFor': ['*']}} | my.json: input.wholeFor[0] is \"*\", expected names of models",
                "{'extends': 'openai', 'keyPaths': ['../x']} | my.json: keyPaths[0] is \"../x\", expected paths below the base URL",
                "{'extends': 'openai', 'limits': [{'header': 'x-limit', 'counts': 'tokens', 'window': 'day'}]} | my.json: limits[0].header is \"x-limit\", expected a name in lower case with {}",
                "{'extends': 'openai', 'limits': [{'header': 'x-{}', 'counts': 'money', 'window': 'day'}]} | my.json: limits[0].counts is \"money\", expected one of requests, tokens, inputTokens, outputTokens",
                "{'extends': 'openai', 'limits': [{'header': 'x-{}', 'counts': 'tokens', 'window': 'week'}]} | my.json: limits[0].window is \"week\", expected one of second, minute",
            })
    void fileThatIsWrongIsToldWithItsPlace(String json, String message) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(RulesException.class).hasMessageStartingWith(message);
    }

    @Test
    void ruleThatAnEarlierOneHidesIsRefused() {
        String rule =
                "{'row': '%s', 'match': {'status': [418], 'says': ['tea']}, 'fault': 'policy', 'effect': 'caller'}";

        assertThatThrownBy(() ->
                        read("{" + BASE + ", 'rules': [" + rule.formatted("A") + "," + rule.formatted("B") + "]}"))
                .hasMessage("my.json: rules[1] (row B) is never reached: rules[0] (row A) matches the same");
    }

    @Test
    void fileIsNamedThatCannotBeRead() throws IOException {
        Path missing = folder.resolve("missing.json");
        Path large = Files.write(folder.resolve("large.json"), new byte[(1 << 20) + 1]);

        assertThatThrownBy(() -> Dialect.read(missing))
                .isInstanceOf(RulesException.class)
                .hasMessageStartingWith(missing + ": cannot be read: java.nio.file.NoSuchFileException");
        assertThatThrownBy(() -> Dialect.read(large)).hasMessage(large + ": is larger than 1048576 bytes");
    }

    @Test
    void builtInRulesAreReadOnce() {
        assertThat(Dialect.of("openrouter").rules())
                .isSameAs(Dialect.of("openrouter").rules());
        assertThat(Dialect.of("acme").rules())
                .isSameAs(Dialect.of("openai-compatible").rules());
    }
}
