package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds each script's header, its body and its {@link Script} constant to one another. */
class ScriptContractTest {
    /** Modules that make the replies of a script. */
    private static final Map<Script, List<String>> DECIDES =
            Map.of(Script.ACQUIRE, List.of("lib/acquiring"), Script.SETTLE, List.of("lib/settling"));

    @Test
    void aBatchHasAllThatWhatItRunsNeeds() {
        List<String> has = modules(Script.BATCH);
        assertThat(has).containsAll(modules(Script.ACQUIRE)).containsAll(modules(Script.SETTLE));
    }

    private static List<String> modules(Script script) {
        return find("(?m)^--- @include (?:lazily )?\"(lib/[a-z]+)\"", ScriptSource.read(script.file()));
    }

    @ParameterizedTest
    @EnumSource(Script.class)
    void headerDeclaresEveryArgumentOnce(Script script) {
        assertThat(find("(?m)^  ARGV\\[(\\d+)\\+?]", header(script)))
                .isEqualTo(IntStream.rangeClosed(1, script.args)
                        .mapToObj(Integer::toString)
                        .toList());
        assertThat(find("(?m)^  KEYS\\[(\\d+)]", header(script))).containsExactly("1");
    }

    @ParameterizedTest
    @EnumSource(Script.class)
    void bodyUsesEveryArgumentThatTheHeaderDeclares(Script script) {
        String body = body(script);
        List<String> used = find("ARGV\\[(\\d+)]", body);
        boolean takesList = header(script).contains("ARGV[" + script.args + "+]");
        int named = takesList ? script.args - 1 : script.args;
        assertThat(new TreeSet<>(used))
                .containsAll(IntStream.rangeClosed(1, named)
                        .mapToObj(Integer::toString)
                        .toList());
        assertThat(body.contains("#ARGV") || used.contains("" + script.args)).isTrue();
        assertThat(used.stream().mapToInt(Integer::parseInt).max().orElse(0)).isLessThanOrEqualTo(script.args);
    }

    @ParameterizedTest
    @EnumSource(Script.class)
    void bodyRepliesOnlyWhatTheHeaderPromises(Script script) {
        String body = body(script)
                + DECIDES.getOrDefault(script, List.of()).stream()
                        .map(ScriptSource::read)
                        .map(source -> source.substring(source.indexOf("]]\n")))
                        .collect(Collectors.joining());
        assertThat(new TreeSet<>(find("(?:\\{|reply\\()'([A-Z_]{4,})'[,})]", body)))
                .isSubsetOf(new TreeSet<>(find("\\{'([A-Z_]{4,})'[,}]", header(script))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lib/acquiring",
                "lib/args",
                "lib/block",
                "lib/breaker",
                "lib/budget",
                "lib/calendar",
                "lib/damage",
                "lib/endpoint",
                "lib/entity",
                "lib/fixed",
                "lib/gate",
                "lib/health",
                "lib/key",
                "lib/learning",
                "lib/lease",
                "lib/limit",
                "lib/outage",
                "lib/pool",
                "lib/presence",
                "lib/priority",
                "lib/reap",
                "lib/refund",
                "lib/ring",
                "lib/search",
                "lib/settling",
                "lib/unit",
                "lib/waiting",
                "lib/window"
            })
    void moduleHeaderNamesOnlyFunctionsThatExist(String module) {
        String source = ScriptSource.read(module);
        int end = source.indexOf("]]\n");
        List<String> promised = find("(?m)^  ([A-Z][a-z]+\\.[a-z_]+)\\(", source.substring(0, end));
        List<String> defined = find("(?m)^function ([A-Z][a-z]+\\.[a-z_]+)\\(", source.substring(end));

        assertThat(promised).isNotEmpty();
        assertThat(defined).containsAll(promised);
    }

    private static String header(Script script) {
        String source = ScriptSource.read(script.file());
        return source.substring(0, source.indexOf("]]\n"));
    }

    private static String body(Script script) {
        String source = ScriptSource.read(script.file());
        return source.substring(source.indexOf("]]\n"));
    }

    private static List<String> find(String regex, String text) {
        return Pattern.compile(regex)
                .matcher(text)
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
    }
}
