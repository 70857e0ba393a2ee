package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FunctionLibraryTest {
    private static final Pattern TOP_LEVEL = Pattern.compile("(?m)^local (?!function )([\\w, ]+?) =");
    private static final Pattern MODULE = Pattern.compile("[A-Z][a-z]+");
    private static final Pattern CONSTANT = Pattern.compile("[A-Z][A-Z_]+");

    private final FunctionLibrary library = FunctionLibrary.current();

    @Test
    void itsNameTellsItsText() {
        String digested = library.code().substring(library.code().indexOf('\n') + 1);

        assertThat(library.name())
                .isEqualTo("keycoord_" + ScriptSource.digest(digested).substring(0, 12));
        assertThat(library.text()).startsWith("#!lua name=" + library.name() + "\nlocal digest = '");
        assertThat(FunctionLibrary.isName(library.name())).isTrue();
        assertThat(FunctionLibrary.isName("keycoord_of_somebody")).isFalse();
    }

    @Test
    void anotherTextHasAnotherName() {
        FunctionLibrary other = FunctionLibrary.of(file ->
                file.equals("lib/limit") ? ScriptSource.read(file) + "\n-- changed\n" : ScriptSource.read(file));

        assertThat(other.name()).isNotEqualTo(library.name());
        assertThat(other.function(Script.SETTLE, List.of())).isNotEqualTo(library.function(Script.SETTLE, List.of()));
        assertThat(FunctionLibrary.of(ScriptSource::read)).isEqualTo(library);
    }

    @Test
    void whatRunsOnAFullServerOrReadsOnlyIsAFunctionOfItsOwn() {
        String digest = library.name().substring("keycoord_".length());

        assertThat(library.function(Script.BATCH, List.of("", "0", "2"))).isEqualTo("keycoord_batch_" + digest);
        assertThat(library.function(Script.BATCH, List.of("", "1", "2")))
                .isEqualTo("keycoord_settling_batch_" + digest);
        assertThat(library.function(Script.POOLS, List.of(""))).isEqualTo("keycoord_list_pools_" + digest);
        assertThat(library.function(Script.POOLS, List.of("p"))).isEqualTo("keycoord_pools_" + digest);
    }

    static Stream<ScriptSource.Module> modules() {
        return Stream.of(Script.values())
                .flatMap(script -> ScriptSource.modules(script.file(), ScriptSource::read).stream())
                .distinct();
    }

    /** What a module has of its own lasts from one call to the next, so nothing may change it. */
    @ParameterizedTest
    @MethodSource("modules")
    void aModuleKeepsNothingButConstants(ScriptSource.Module module) {
        String text = module.now() + module.later();
        List<String> names = new ArrayList<>();
        TOP_LEVEL
                .matcher(text)
                .results()
                .map((MatchResult found) -> found.group(1))
                .forEach(list -> names.addAll(List.of(list.split(", ", -1))));

        assertThat(names).allMatch(name -> CONSTANT.matcher(name).matches());
        for (String name : names) {
            assertThat(text).doesNotContainPattern("(?m)^ .*\\b" + name + "(\\.\\w+|\\[[^\\]]*\\])* = ");
        }
        assertThat(text).doesNotContainPattern("(?m)^ +" + MODULE + "(\\.\\w+|\\[[^\\]]*\\])+ = ");
    }
}
