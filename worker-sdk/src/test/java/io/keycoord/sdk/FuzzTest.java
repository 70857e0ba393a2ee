package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.ReportedLimit;
import io.keycoord.Usage;
import io.keycoord.sdk.provider.Dialect;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Whatever a provider or something between sends, the parsers of headers, error bodies, answers and event streams take it
 * without throwing, hold no more than their bounds, and say nothing impossible. A failure names its seed: set
 * {@code -Dkeycoord.fuzz.seed=SEED} to see it again, and {@code -Dkeycoord.fuzz.rounds=N} for more rounds.
 */
class FuzzTest {
    private static final Instant NOW = Instant.parse("2026-11-22T15:04:30Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final long SEED = Long.getLong("keycoord.fuzz.seed", System.nanoTime());
    private static final int ROUNDS = Integer.getInteger("keycoord.fuzz.rounds", 1_000);
    private static final Duration LONGEST = Duration.ofDays(32);

    private static final List<String> PROVIDERS = List.of(
            "openrouter",
            "openai",
            "azure",
            "anthropic",
            "gemini",
            "groq",
            "mistral",
            "deepseek",
            "together",
            "bedrock",
            "openai-compatible");

    /** Names of fields and values that parsers look for, and some that break them. */
    private static final List<String> WORDS = List.of(
            "error",
            "message",
            "code",
            "type",
            "metadata",
            "headers",
            "retry-after",
            "retry_after_seconds",
            "details",
            "violations",
            "quotaId",
            "retryDelay",
            "provider_name",
            "choices",
            "finish_reason",
            "delta",
            "usage",
            "prompt_tokens",
            "completion_tokens",
            "cost",
            "response",
            "candidates",
            "usageMetadata",
            "promptTokenCount",
            "input_tokens",
            "cache_read_input_tokens",
            "prompt_tokens_details",
            "cached_tokens",
            "finishReason",
            "promptFeedback",
            "blockReason",
            "object",
            "status",
            "x-ratelimit-reset",
            "availability",
            "retry_after",
            "__type",
            "limit_source",
            "resets_at",
            "detail",
            "Message",
            "error_type");

    /** Fields of requests. */
    private static final List<String> ASKED = List.of(
            "model",
            "models",
            "messages",
            "prompt",
            "input",
            "contents",
            "system",
            "instructions",
            "tools",
            "max_tokens",
            "max_completion_tokens",
            "max_output_tokens",
            "n",
            "best_of",
            "generationConfig",
            "inferenceConfig",
            "stream");

    private static final List<String> PATHS = List.of(
            "/chat/completions",
            "/embeddings",
            "/models/m:generateContent",
            "/model/a%zz/converse",
            "/openai/deployments/d/chat/completions",
            "");

    private static final List<String> TEXTS = List.of(
            "6m0s",
            "7.66s",
            "-1",
            "1795359900000",
            "99999999999999999999",
            "2026-12-01T00:00:00Z",
            "1e999999999",
            "Sun, 22 Nov 2026 15:05:00 GMT",
            "Please try again in 1.2s",
            "try again in 9.9.9.9s",
            "on 2026-99-99",
            "NaN",
            "error",
            "stop",
            "response",
            "failed",
            "response.completed",
            "response.failed",
            "a#b#c:d:",
            "PerDay",
            "\u0000",
            "\ud800",
            "…",
            "",
            " ",
            "Provider returned error",
            "free-models-per-day",
            "1".repeat(70),
            "0.".repeat(40),
            "d".repeat(5_000));

    private static void rounds(int rounds, Consumer<Random> round) {
        for (int i = 0; i < rounds; i++) {
            long seed = SEED + i;
            try {
                round.accept(new Random(seed));
            } catch (RuntimeException | Error e) {
                throw new AssertionError("failed with -Dkeycoord.fuzz.seed=" + seed, e);
            }
        }
    }

    @Test
    void anyRefusalIsClassified() {
        List<OutcomeClassifier> classifiers =
                PROVIDERS.stream().map(FuzzTest::classifier).toList();
        rounds(ROUNDS, random -> {
            OutcomeClassifier classifier = any(random, classifiers);
            byte[] body = broken(random, json(random, 0));
            ErrorAnswer answer = ErrorAnswer.of(100 + random.nextInt(900), headers(random), body);
            check(classifier.classify(answer, random.nextBoolean()));
            check(classifier.classifyEmbedded(ErrorAnswer.inside(body), random.nextBoolean()));
            assertThat(answer.toString()).hasSizeLessThan(20);
        });
    }

    private static void check(Classification found) {
        assertThat(found.rest()).isBetween(Duration.ZERO, LONGEST);
        assertThat(found.outcome().cause()).matches("[a-z0-9_]{1,64}");
        found.outcome().reported().forEach(FuzzTest::check);
    }

    private static void check(ReportedLimit limit) {
        assertThat(limit.left()).isBetween(0L, 1_000_000_000_000L);
    }

    @Test
    void anyHeadersOfASuccessAreRead() {
        rounds(ROUNDS, random -> {
            Dialect dialect = Dialect.of(any(random, PROVIDERS));
            LimitReader reader = new LimitReader(dialect.limits(), CLOCK);
            reader.ofAdmitted(name -> random.nextBoolean() ? Optional.of(text(random)) : Optional.empty())
                    .forEach(FuzzTest::check);
        });
    }

    @Test
    void anyTextIsReadAsAWait() {
        rounds(ROUNDS, random -> {
            String text = new String(broken(random, text(random)), StandardCharsets.UTF_8);
            for (var wait : List.of(
                    WaitText.parse(text, NOW),
                    WaitText.millis(text),
                    WaitText.prose("try again in " + text),
                    WaitText.date(text, NOW))) {
                wait.ifPresent(found -> assertThat(found).isBetween(Duration.ZERO, LONGEST));
            }
        });
    }

    @Test
    void anyAnswerAndAnyStreamIsReadInPieces() {
        rounds(ROUNDS, random -> {
            UsageReader reader = UsageReader.of(random.nextBoolean() ? "application/json" : "text/event-stream");
            boolean stream = reader instanceof EventStreamReader;
            feed(random, reader, broken(random, stream ? events(random) : json(random, 0)));
            reader.usage().ifPresent(FuzzTest::check);
            reader.error().ifPresent(error -> assertThat(reader.hasFailed()).isTrue());
        });
    }

    private static void check(Usage usage) {
        assertThat(usage.inputTokens()).isBetween(0L, 1_000_000_000L);
        assertThat(usage.outputTokens()).isBetween(0L, 1_000_000_000L);
    }

    private static void feed(Random random, UsageReader reader, byte[] bytes) {
        int at = 0;
        while (at < bytes.length) {
            int count = Math.min(bytes.length - at, 1 + random.nextInt(random.nextBoolean() ? 3 : 4_000));
            reader.read(bytes, at, count);
            at += count;
        }
    }

    /** Longer than what is held, an event is looked through as it passes; that must come to the same. */
    @Test
    void longEventsSayWhatShortOnesDo() {
        rounds(ROUNDS, random -> {
            String json = json(random, 0).replaceAll("[\r\n]", " ");
            if (!json.startsWith("{\"")) {
                return;
            }
            String padding = "{\"padding\":\"" + "x".repeat(70_000) + "\",";
            UsageReader whole = new EventStreamReader(false);
            UsageReader looked = new EventStreamReader(false);
            feed(random, whole, ("data: " + json + "\n").getBytes(StandardCharsets.UTF_8));
            feed(random, looked, ("data: " + padding + json.substring(1) + "\n").getBytes(StandardCharsets.UTF_8));

            assertThat(looked.usage()).isEqualTo(whole.usage());
            assertThat(looked.hasFailed()).isEqualTo(whole.hasFailed());
            assertThat(looked.isComplete()).isEqualTo(whole.isComplete());
        });
    }

    /** Most events are not looked through; these must say nothing if they are. */
    @Test
    void whatIsPassedOverAtAGlanceSaysNothing() {
        AtomicInteger passed = new AtomicInteger();
        rounds(10 * ROUNDS, random -> {
            byte[] json = broken(random, json(random, 0).replace("99999999999999999999", "7"));
            if (!JsonGlance.passes(json, 0, json.length)) {
                return;
            }
            passed.incrementAndGet();
            UsageFields counts = new UsageFields(true);
            AnswerScan scan = new AnswerScan(counts);
            byte[] decoded = new String(json, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
            scan.read(decoded, 0, decoded.length);

            assertThat(scan.isWhole()).isTrue();
            assertThat(scan.isMalformed()).isFalse();
            assertThat(scan.isLast()).isFalse();
            assertThat(scan.hasFailed()).isFalse();
            assertThat(counts.usage()).isEmpty();
        });
        assertThat(passed.get()).isGreaterThan(ROUNDS / 2);
    }

    /** Many times as much as a reader may hold, in one line and in one string. */
    @Test
    void longLinesAndTextsAreNotHeld() {
        byte[] piece = "x".repeat(64 << 10).getBytes(StandardCharsets.UTF_8);
        EventStreamReader stream = new EventStreamReader(true);
        JsonBodyReader body = new JsonBodyReader(true, false);
        body.read("{\"a\":\"".getBytes(StandardCharsets.UTF_8), 0, 6);
        stream.read("data: ".getBytes(StandardCharsets.UTF_8), 0, 6);

        for (int i = 0; i < 512; i++) {
            stream.read(piece, 0, piece.length);
            body.read(piece, 0, piece.length);
        }

        assertThat(stream.held()).isEqualTo(64 << 10);
        assertThat(body.isUnreadable()).isTrue();
        byte[] end = "\n\ndata: [DONE]\n\n".getBytes(StandardCharsets.UTF_8);
        stream.read(end, 0, end.length);
        assertThat(stream.isComplete()).isTrue();
    }

    @Test
    void anyRequestIsRead() {
        rounds(ROUNDS, random -> {
            byte[] body = broken(random, requestBody(random));
            CallFacts facts = new CallFactsReader(500).read(any(random, PATHS), body);

            assertThat(facts.inputTokens()).isBetween(0L, 1_000_000_000L);
            assertThat(facts.outputTokens()).isBetween(0L, 1_000_000_000L);
            checkOtherModel(body);
        });
    }

    /** Another model is written where there is one, and back again all is as it was. */
    private static void checkOtherModel(byte[] body) {
        CallFactsReader reader = new CallFactsReader(500);
        byte[] changed = ModelField.replaced(body, "other");
        if (ModelField.isIn(body)) {
            CallFacts before = reader.read("/chat/completions", body);
            CallFacts after = reader.read("/chat/completions", changed);
            assertThat(after)
                    .isEqualTo(new CallFacts(Optional.of("other"), before.inputTokens(), before.outputTokens()));
        } else {
            assertThat(changed).isEqualTo(body);
        }
    }

    private static OutcomeClassifier classifier(String provider) {
        Dialect dialect = Dialect.of(provider);
        LimitReader limits = new LimitReader(dialect.limits(), CLOCK);
        return new OutcomeClassifier(provider, dialect.rules(), limits, CLOCK, new UnmatchedAnswers());
    }

    private static <T> T any(Random random, List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static String text(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Long.toString(random.nextLong());
            case 1 -> any(random, WORDS);
            case 2 ->
                random.nextInt(9) + "." + random.nextInt(99) + any(random, List.of("s", "ms", "h", "d", "", " s"));
            default -> any(random, TEXTS);
        };
    }

    private static Map<String, String> headers(Random random) {
        Map<String, String> headers = new HashMap<>();
        for (String name : List.of("retry-after", "retry-after-ms", "x-ratelimit-reset", "x-amzn-errortype")) {
            if (random.nextInt(3) == 0) {
                headers.put(name, text(random));
            }
        }
        return headers;
    }

    private static String json(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 2 : 6)) {
            case 0, 1 -> fields(random, depth);
            case 2 -> "[" + json(random, depth + 1) + "," + json(random, depth + 1) + "]";
            case 3 -> any(random, List.of("null", "true", "429", "-7", "1e400", "0.00014", "99999999999999999999"));
            default -> "\"" + text(random).replace("\u0000", "") + "\"";
        };
    }

    private static String fields(Random random, int depth) {
        StringBuilder fields = new StringBuilder("{");
        int count = depth > 6 ? 0 : random.nextInt(5);
        for (int i = 0; i < count; i++) {
            fields.append(i == 0 ? "" : ",")
                    .append('"')
                    .append(any(random, WORDS))
                    .append("\":")
                    .append(json(random, depth + 1));
        }
        return fields.append('}').toString();
    }

    /** Fields of the top are those of a request, their values anything. */
    private static String requestBody(Random random) {
        StringBuilder body = new StringBuilder("{");
        for (int i = random.nextInt(6); i >= 0; i--) {
            body.append('"')
                    .append(any(random, ASKED))
                    .append("\":")
                    .append(json(random, 1 + random.nextInt(3)))
                    .append(i == 0 ? "" : ",");
        }
        return body.append('}').toString();
    }

    private static String events(Random random) {
        StringBuilder events = new StringBuilder();
        for (int i = random.nextInt(6); i >= 0; i--) {
            events.append(any(random, List.of("data: ", "data:", "event: error\ndata: ", ": comment", "id: ")))
                    .append(random.nextInt(5) == 0 ? "[DONE]" : json(random, 0))
                    .append(any(random, List.of("\n\n", "\r\n\r\n", "\r", "\n", "")));
        }
        return events.toString();
    }

    /** As it is, cut off, or with a few bytes changed. */
    private static byte[] broken(Random random, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || random.nextInt(3) == 0) {
            return bytes;
        }
        if (random.nextBoolean()) {
            return Arrays.copyOf(bytes, random.nextInt(bytes.length));
        }
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }
}
