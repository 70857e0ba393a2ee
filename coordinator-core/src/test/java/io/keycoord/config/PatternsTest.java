package io.keycoord.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatternsTest {

    @ParameterizedTest
    @CsvSource({
        "*, anything, true",
        "*, '', true",
        "*:free, meta/llama:free, true",
        "*:free, meta/llama, false",
        "openai/*, openai/gpt-4o, true",
        "openai/*, OpenAI/gpt-4o, false",
        "gpt-4o, gpt-4o, true",
        "gpt-4o, gpt-4o-mini, false",
        "a*b*c, aXbXbXc, true",
        "a*b*c, acb, false",
        "a.c, abc, false",
        "a**c, ac, true"
    })
    void patternsCoverModels(String pattern, String model, boolean covered) {
        assertThat(LimitConfig.of(pattern).covers(model)).isEqualTo(covered);
    }

    /** Against the regular expression engine, on short texts of few letters, where matches are common. */
    @Test
    void matchingAgreesWithRegularExpressions() {
        Random random = new Random(20_261_122);
        int matched = 0;
        for (int i = 0; i < 200_000; i++) {
            String pattern = text(random, "aab*", 7);
            String model = text(random, "aab", 9);
            boolean expected = Pattern.matches(pattern.replace("*", ".*"), model);
            assertThat(Patterns.matches(pattern, model))
                    .as("%s on %s", pattern, model)
                    .isEqualTo(expected);
            matched += expected ? 1 : 0;
        }
        assertThat(matched).isBetween(20_000, 180_000);
    }

    /** If a wider pattern includes a narrower one, no text may tell otherwise. */
    @Test
    void inclusionIsNeverWronglyClaimed() {
        Random random = new Random(7);
        int included = 0;
        for (int i = 0; i < 200_000; i++) {
            String wide = text(random, "ab**", 5);
            String narrow = text(random, "ab*", 6);
            String model = text(random, "ab", 7);
            if (Patterns.includes(wide, narrow) && Patterns.matches(narrow, model)) {
                included++;
                assertThat(Patterns.matches(wide, model))
                        .as("%s, %s, %s", wide, narrow, model)
                        .isTrue();
            }
        }
        assertThat(included).isGreaterThan(5_000);
    }

    @Test
    void patternsOfManyStarsAreMatchedInBoundedTime() {
        String pattern = "*a".repeat(100) + "*b";
        String model = "a".repeat(100_000);
        boolean matches =
                Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () -> Patterns.matches(pattern, model));
        assertThat(matches).isFalse();
    }

    @Test
    void patternsAreNotEmptyNorHoldBlanks() {
        for (String wrong : new String[] {"", " ", "a b", "a\n", "a\u007f", "a".repeat(201)}) {
            assertThatThrownBy(() -> LimitConfig.of(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("models is");
        }
    }

    private static String text(Random random, String letters, int longest) {
        int length = random.nextInt(longest + 1);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(letters.charAt(random.nextInt(letters.length())));
        }
        return text.toString();
    }
}
