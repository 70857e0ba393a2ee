package io.keycoord.sdk.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Outcome;
import io.keycoord.Outcome.Failure;
import io.keycoord.Outcome.Kind;
import io.keycoord.Outcome.Scope;
import io.keycoord.ReportedLimit;
import io.keycoord.sdk.Classification;
import io.keycoord.sdk.ErrorAnswer;
import io.keycoord.sdk.LimitReader;
import io.keycoord.sdk.OutcomeClassifier;
import io.keycoord.sdk.Rule;
import io.keycoord.sdk.UnmatchedAnswers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replays the answers in {@code src/test/resources/fixtures}: name, status with headers, body, and what they mean. */
class FixtureTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-22T15:04:30Z"), ZoneOffset.UTC);

    /** {@code embedded} is an error inside of an answer with status 200. */
    record Fixture(String provider, String name, boolean embedded, ErrorAnswer answer, String expected) {
        @Override
        public String toString() {
            return name;
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void answerMeansWhatItsFixtureSays(Fixture fixture) {
        assertThat(describe(classified(fixture, false), classified(fixture, true)))
                .isEqualTo(fixture.expected());
    }

    @Test
    void everyRuleIsHitByAFixture() {
        Set<Rule> hit = fixtures()
                .flatMap(fixture -> Dialect.of(fixture.provider()).rules().stream()
                        .filter(rule -> rule.match().test(fixture.answer()))
                        .limit(1))
                .collect(Collectors.toSet());

        assertThat(Profiles.NAMES)
                .allSatisfy(name -> assertThat(Dialect.of(name).rules()).allMatch(hit::contains));
    }

    private static Classification classified(Fixture fixture, boolean probe) {
        OutcomeClassifier classifier = classifier(fixture.provider());
        return fixture.embedded()
                ? classifier.classifyEmbedded(Optional.of(fixture.answer()), probe)
                : classifier.classify(fixture.answer(), probe);
    }

    static OutcomeClassifier classifier(String provider) {
        Dialect dialect = Dialect.of(provider);
        LimitReader limits = new LimitReader(dialect.limits(), CLOCK);
        return new OutcomeClassifier(provider, dialect.rules(), limits, CLOCK, new UnmatchedAnswers());
    }

    private static String describe(Classification c, Classification probe) {
        Outcome outcome = c.outcome();
        List<String> words = new ArrayList<>(List.of(c.row(), c.fault().name()));
        boolean keyFailed = outcome.kind() == Kind.KEY_FAILED;
        words.add(keyFailed ? "KEY_FAILED/" + outcome.failure() : outcome.kind().name());
        if (keyFailed && outcome.failure() == Failure.SUSPECT) {
            words.add("probe=" + probe.outcome().failure());
        }
        if (outcome.block().scope() != Scope.NONE) {
            words.add("block=" + outcome.block().scope() + "/" + outcome.block().duration());
        }
        words.add("rest=" + c.rest());
        addIf(words, c.hinted(), "hinted");
        words.add("other=" + c.otherKey());
        addIf(words, c.sameKey(), "same");
        addIf(words, c.ambiguous(), "ambiguous");
        addIf(words, outcome.usage().isEmpty() && outcome.kind() == Kind.RATE_LIMITED, "charge");
        addIf(words, c.alert(), "alert");
        addIf(words, outcome.slowsDown(), "slower");
        outcome.reported().forEach(limit -> words.add(describe(limit)));
        return String.join(" ", words);
    }

    private static String describe(ReportedLimit limit) {
        String most = limit.limit().isPresent() ? "/" + limit.limit().getAsLong() : "";
        return "left=" + limit.dimension() + "/" + limit.window() + ":" + limit.left() + most;
    }

    private static void addIf(List<String> words, boolean condition, String word) {
        if (condition) {
            words.add(word);
        }
    }

    static Stream<Fixture> fixtures() {
        return Profiles.NAMES.stream().flatMap(FixtureTest::read);
    }

    private static Stream<Fixture> read(String provider) {
        String path = "/fixtures/" + provider + ".txt";
        try (InputStream in = Objects.requireNonNull(FixtureTest.class.getResourceAsStream(path), path)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Stream.of(text.split("\n\n", -1)).map(block -> parse(provider, block.strip()));
        } catch (IOException e) {
            throw new IllegalStateException(path, e);
        }
    }

    private static Fixture parse(String provider, String block) {
        String[] lines = block.split("\n", -1);
        String[] head = lines[1].split(" ", 2);
        Map<String, String> headers = new HashMap<>();
        if (head.length == 2) {
            for (String header : head[1].split(" \\| ", -1)) {
                String[] pair = header.split(": ", 2);
                headers.put(pair[0], pair[1]);
            }
        }
        String body = lines.length == 4 ? lines[2] : "";
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        int status = Integer.parseInt(head[0]);
        boolean embedded = status == 200;
        ErrorAnswer answer =
                embedded ? ErrorAnswer.inside(bytes).orElseThrow() : ErrorAnswer.of(status, headers, bytes);
        String expected = lines[lines.length - 1].substring(3);
        return new Fixture(provider, lines[0].substring(2), embedded, answer, expected);
    }
}
