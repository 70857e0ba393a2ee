package io.keycoord.sdk.jtokkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class JtokkitCounterTest {
    private static final JtokkitCounter COUNTER = new JtokkitCounter();

    @ParameterizedTest
    @CsvSource({
        "Hello world, gpt-4o, 2",
        "Hello world, openai/gpt-4o-mini:floor, 2",
        "Hello world, nobody/knows-this, 2",
        "'', gpt-4o, 0",
        "<|endoftext|>, gpt-4o, 7"
    })
    void textsHaveTheTokensThatTheModelSees(String text, String model, long tokens) {
        assertThat(COUNTER.count(Optional.of(model), text)).isEqualTo(tokens);
    }

    @Test
    void modelsDiffer() {
        String chinese = "你好，世界".repeat(20);

        assertThat(COUNTER.count(Optional.of("gpt-4"), chinese))
                .isGreaterThan(COUNTER.count(Optional.empty(), chinese));
    }

    static Stream<String> hardTexts() {
        StringBuilder letters = new StringBuilder();
        new Random(5).ints(131_072, 'a', 'z' + 1).forEach(c -> letters.append((char) c));
        return Stream.concat(
                Stream.of(letters.toString()),
                Stream.of("a", " ", "\n", "中", "\ud83d\ude00", "ab", "word ", "=")
                        .map(unit -> unit.repeat(131_072 / unit.length())));
    }

    /** The longest prompt that is counted at all. */
    @ParameterizedTest(name = "text {index}")
    @MethodSource("hardTexts")
    @Timeout(20)
    void noTextTakesLong(String text) {
        assertThat(COUNTER.count(Optional.empty(), text)).isBetween(1L, 4L * text.length());
    }

    @Test
    void cutsCostATokenOrTwoEach() {
        String text = "The quick brown fox jumps over the lazy dog. ".repeat(2_000);
        long whole = 2_000L * COUNTER.count(Optional.empty(), " The quick brown fox jumps over the lazy dog.");

        assertThat(COUNTER.count(Optional.empty(), text)).isCloseTo(whole, within(24L));
    }
}
