package io.keycoord.sdk.faults;

import static io.keycoord.sdk.faults.Reply.CHUNK;
import static io.keycoord.sdk.faults.Reply.EVENTS;
import static io.keycoord.sdk.faults.Reply.End.CLOSE;
import static io.keycoord.sdk.faults.Reply.End.RESET;
import static io.keycoord.sdk.faults.Reply.End.SILENCE;
import static io.keycoord.sdk.faults.Reply.GOOD;
import static io.keycoord.sdk.faults.Reply.JSON;
import static io.keycoord.sdk.faults.Reply.LAST;
import static io.keycoord.sdk.faults.Reply.PLAIN;
import static io.keycoord.sdk.faults.Reply.answers;
import static io.keycoord.sdk.faults.Reply.begins;
import static io.keycoord.sdk.faults.Reply.nothing;
import static io.keycoord.sdk.faults.Reply.pauses;
import static io.keycoord.sdk.faults.Reply.sends;
import static io.keycoord.sdk.faults.Reply.streams;

import io.keycoord.sdk.faults.Row.Blame;
import io.keycoord.sdk.faults.Row.Kind;
import io.keycoord.sdk.faults.Row.Told;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.stream.Stream;

/** What providers do wrong, and what is to follow: the rows in the order in which they are read. */
final class Catalogue {
    private static final Duration SHORT = Duration.ofSeconds(3);
    private static final String LIMIT =
            "{\"error\":{\"message\":\"Rate limit reached\",\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}";
    private static final String TROUBLE =
            "{\"error\":{\"message\":\"The server had an error\",\"type\":\"server_error\"}}";
    private static final String INVALID_KEY =
            "{\"error\":{\"message\":\"Incorrect API key provided\",\"code\":\"invalid_api_key\"}}";
    private static final String RELAYED = "{\"error\":{\"code\":%s,\"message\":\"Provider returned error\","
            + "\"metadata\":{\"provider_name\":\"Vendor\",\"raw\":\"insufficient credit, invalid api key\"}}}";
    private static final String NO_MONEY = "{\"error\":{\"message\":\"You exceeded your current quota\","
            + "\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}";
    private static final String PAGE = "<html><body>Service temporarily unavailable</body></html>";
    private static final String ANTHROPIC_OVERLOADED =
            "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}";
    private static final String LARGE = "{\"pad\":\"" + "x".repeat(300_000) + "\"," + PLAIN.substring(1);

    private Catalogue() {}

    static List<Row> rows() {
        return Stream.of(limits(), failures(), connections(), silences(), brokenStreams(), bodies(), credentials())
                .flatMap(List::stream)
                .toList();
    }

    private static Row limited(String fault, long seconds, String... headers) {
        return Row.of(fault, answers(429, LIMIT, headers)).blames(Blame.MODELS_OF_ACCOUNT, Duration.ofSeconds(seconds));
    }

    private static List<Row> limits() {
        Reply dated = (call, wire) -> {
            ZonedDateTime then = ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(41);
            answers(429, LIMIT, "Retry-After: " + DateTimeFormatter.RFC_1123_DATE_TIME.format(then))
                    .to(call, wire);
        };
        return List.of(
                limited("429 without Retry-After", 5),
                limited("429, Retry-After: 20", 20, "Retry-After: 20"),
                limited("429, Retry-After: 0.5", 0, "Retry-After: 0.5"),
                limited("429, retry-after-ms: 20000 and Retry-After: 1", 20, "Retry-After: 1", "retry-after-ms: 20000"),
                Row.of("429, Retry-After: a date in 40 s", dated)
                        .blames(Blame.MODELS_OF_ACCOUNT, Duration.ofSeconds(40)),
                limited("429, Retry-After: -5", 5, "Retry-After: -5"),
                limited("429, Retry-After: 99999999999", 5, "Retry-After: 99999999999"),
                limited("429, Retry-After: soon", 5, "Retry-After: soon"),
                Row.of("429 of a page, not of the API", sends(429, "text/html", PAGE, "Retry-After: 0")),
                Row.of("429 that an intermediary relays", answers(429, RELAYED.formatted(429), "Retry-After: 60"))
                        .by("openrouter")
                        .ends(Told.REFUSAL, 1)
                        .blames(Blame.MODEL_RESTS, Duration.ofSeconds(60)),
                Row.of(
                                "429 by both accounts",
                                answers(429, LIMIT, "Retry-After: 60"),
                                answers(429, LIMIT, "Retry-After: 60"))
                        .ends(Told.REFUSAL, 2)
                        .blames(Blame.MODELS_OF_ACCOUNT, Duration.ofSeconds(60)),
                Row.of("429, no money left", answers(429, NO_MONEY)).blames(Blame.ACCOUNT, Duration.ofMinutes(15)),
                Row.of("402", answers(402, "{\"error\":{\"message\":\"Insufficient credits\",\"code\":402}}"))
                        .by("openrouter")
                        .blames(Blame.ACCOUNT, Duration.ofMinutes(15)));
    }

    private static List<Row> failures() {
        return List.of(
                Row.of("500", answers(500, TROUBLE)),
                Row.of("502", answers(502, TROUBLE)),
                Row.of("503", answers(503, TROUBLE)),
                Row.of("529", sends(529, JSON, ANTHROPIC_OVERLOADED)).by("anthropic"),
                Row.of("529 of nobody's profile", answers(529, TROUBLE)),
                Row.of("500 each time", answers(500, TROUBLE), answers(500, TROUBLE))
                        .ends(Told.REFUSAL, 2)
                        .blames(Blame.MODEL_FAILS)
                        .with(options -> options.withMaxAttempts(2)),
                Row.of("502 of a page", sends(502, "text/html", PAGE)),
                Row.of("503, Retry-After: 0", answers(503, TROUBLE, "Retry-After: 0")),
                Row.of(
                                "503, Retry-After: 0 each time",
                                answers(503, TROUBLE, "Retry-After: 0"),
                                answers(503, TROUBLE, "Retry-After: 0"))
                        .ends(Told.REFUSAL, 2)
                        .blames(Blame.MODEL_FAILS)
                        .with(options -> options.withMaxAttempts(2)),
                Row.of("503, Retry-After: 60", answers(503, TROUBLE, "Retry-After: 60"))
                        .ends(Told.REFUSAL, 1)
                        .blames(Blame.MODEL_RESTS, Duration.ofSeconds(60)),
                Row.of("408", answers(408, TROUBLE)).ends(Told.REFUSAL, 1).blames(Blame.MODEL_FAILS));
    }

    private static List<Row> connections() {
        Row lost = Row.of("reset before the headers", nothing(RESET))
                .ends(Told.BROKEN, 1)
                .blames(Blame.MODEL_FAILS);
        return List.of(
                lost,
                Row.of("closed before the headers", nothing(CLOSE))
                        .ends(Told.BROKEN, 1)
                        .blames(Blame.MODEL_FAILS),
                Row.of("reset before the headers of a kept connection", GOOD, nothing(RESET))
                        .onAKeptConnection()
                        .ends(Told.BROKEN, 1)
                        .blames(Blame.MODEL_FAILS_FOR_KEY),
                Row.of("closed before the headers of a kept connection", GOOD, nothing(CLOSE))
                        .onAKeptConnection()
                        .ends(Told.BROKEN, 1)
                        .blames(Blame.MODEL_FAILS_FOR_KEY),
                Row.of("reset before the headers, duplicates allowed", nothing(RESET))
                        .with(options -> options.withDuplicateGeneration(true)),
                Row.of("no HTTP", (call, wire) -> {
                            wire.text("220 mail.example.com ESMTP\r\n\r\n");
                            wire.end();
                        })
                        .ends(Told.BROKEN, 1)
                        .blames(Blame.MODEL_FAILS));
    }

    private static List<Row> silences() {
        String comments = ": PROCESSING\n\n".repeat(3);
        return List.of(
                Row.of("silence before the headers", nothing(SILENCE))
                        .ends(Told.STALLED, 1)
                        .blames(Blame.MODEL_FAILS)
                        .with(options -> options.withFirstTokenTimeout(SHORT)),
                Row.of("silence before the headers, duplicates allowed", nothing(SILENCE))
                        .with(options -> options.withFirstTokenTimeout(SHORT).withDuplicateGeneration(true)),
                Row.of("silence in the body", begins(JSON, PLAIN.length(), PLAIN.substring(0, 40), SILENCE))
                        .only(Kind.PLAIN)
                        .ends(Told.STALLED, 1)
                        .blames(Blame.MODEL_FAILS)
                        .with(options -> options.withIdleTimeout(SHORT)),
                Row.of("silence in the stream", streams(CHUNK, SILENCE))
                        .only(Kind.STREAM)
                        .ends(Told.STALLED, 1)
                        .blames(Blame.MODEL_FAILS)
                        .with(options -> options.withIdleTimeout(SHORT)),
                Row.of("comments and no first token", streams(comments, SILENCE))
                        .only(Kind.STREAM)
                        .ends(Told.STALLED, 1)
                        .blames(Blame.MODEL_FAILS)
                        .with(options -> options.withFirstTokenTimeout(SHORT)),
                Row.of("slow first token, in time", pauses(comments, SHORT, CHUNK + LAST))
                        .only(Kind.STREAM)
                        .ends(Told.GOOD_ANSWER, 1)
                        .with(options -> options.withFirstTokenTimeout(SHORT.multipliedBy(10))),
                Row.of("stream longer than its lease and the wait for keys", pauses(CHUNK, SHORT, LAST))
                        .only(Kind.STREAM)
                        .ends(Told.GOOD_ANSWER, 1)
                        .with(options -> options.withMaxWait(Duration.ofMillis(500))));
    }

    private static Row inStream(String fault, Reply reply) {
        return Row.of(fault, reply).only(Kind.STREAM).ends(Told.AS_SENT, 1).blames(Blame.MODEL_FAILS);
    }

    private static List<Row> brokenStreams() {
        String error =
                "data: {\"error\":{\"code\":%s,\"message\":\"%s\"},\"choices\":[{\"finish_reason\":\"error\"}]}\n\n";
        return List.of(
                inStream("stream cut without its end", streams(CHUNK, CLOSE)),
                inStream("stream cut within a chunk", streams(CHUNK + CHUNK.substring(0, 30), CLOSE)),
                inStream(
                        "stream cut after usage",
                        streams(CHUNK + LAST.substring(0, LAST.indexOf("data: [DONE]")), CLOSE)),
                inStream("stream reset", streams(CHUNK, RESET)).ends(Told.BROKEN, 1),
                inStream("stream shorter than its Content-Length", begins(EVENTS, 5_000, CHUNK, CLOSE))
                        .ends(Told.BROKEN, 1),
                inStream(
                        "malformed chunk, and on", streams(CHUNK + "data: {\"choices\":[{]\n\n" + CHUNK + LAST, CLOSE)),
                inStream("malformed chunk at the end", streams(CHUNK + "data: {\"choices\":[{\"del\n\n", CLOSE)),
                inStream("words between the chunks", streams(CHUNK + "data: still here\n\n" + LAST, CLOSE))
                        .blames(Blame.NOBODY),
                inStream("empty stream", sends(200, EVENTS, "")),
                inStream("error in the stream", streams(CHUNK + error.formatted(502, "Upstream failed"), CLOSE)),
                inStream(
                        "error in the stream, then its end",
                        streams(CHUNK + error.formatted(502, "Upstream failed") + LAST, CLOSE)),
                inStream(
                        "error in the stream without a reason",
                        streams(CHUNK + "data: {\"error\":{\"message\":\"oops\"}}\n\n" + LAST, CLOSE)),
                inStream("429 in the stream", streams(CHUNK + error.formatted(429, "Rate limited"), CLOSE))
                        .blames(Blame.MODELS_OF_ACCOUNT, Duration.ofSeconds(5)));
    }

    private static Row inBody(String fault, Reply reply) {
        return Row.of(fault, reply).only(Kind.PLAIN).ends(Told.AS_SENT, 1).blames(Blame.MODEL_FAILS);
    }

    private static Row harmless(String fault, Reply reply) {
        return Row.of(fault, reply).only(Kind.PLAIN).ends(Told.AS_SENT, 1);
    }

    private static List<Row> bodies() {
        String half = PLAIN.substring(0, 40);
        String credit =
                PLAIN.replace("\"Hi\"", "\"Your credit is used up: 402 insufficient credits, 429, invalid api key\"");
        return List.of(
                inBody("reset in the body", begins(JSON, PLAIN.length(), half, RESET))
                        .ends(Told.BROKEN, 1),
                inBody("body shorter than its Content-Length", begins(JSON, PLAIN.length(), half, CLOSE))
                        .ends(Told.BROKEN, 1),
                inBody("body longer than its Content-Length", begins(JSON, half.length(), PLAIN, CLOSE)),
                inBody("large body cut short", sends(200, JSON, LARGE.substring(0, LARGE.length() - 50))),
                harmless("body too large to be held", sends(200, JSON, LARGE)),
                harmless(
                        "number that JSON does not know",
                        sends(200, JSON, PLAIN.replace("{\"content\"", "{\"logprob\":-Infinity,\"content\""))),
                inBody("body that is no JSON", sends(200, JSON, "{\"id\": nope}")),
                inBody("error inside a 200", answers(200, "{\"error\":{\"code\":500,\"message\":\"Internal\"}}"))
                        .ends(Told.GOOD_ANSWER, 2)
                        .blames(Blame.NOBODY),
                inBody("error inside a 200 without a reason", answers(200, "{\"error\":{\"message\":\"oops\"}}")),
                Row.of("429 inside a 200", answers(200, "{\"error\":{\"code\":429,\"message\":\"Slow down\"}}"))
                        .only(Kind.PLAIN)
                        .blames(Blame.MODELS_OF_ACCOUNT, Duration.ofSeconds(5)),
                inBody("empty 200", answers(200, "")),
                inBody("empty 200 without a type", sends(200, "", "")),
                inBody("empty 200 without a length", (call, wire) -> {
                    wire.text("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
                    wire.end();
                }),
                inBody("page instead of JSON", sends(200, "text/html; charset=utf-8", PAGE)),
                harmless("answer that speaks of credit and keys", sends(200, JSON, credit)),
                Row.of(
                                "400 that speaks of credit",
                                answers(
                                        400,
                                        "{\"error\":{\"message\":\"The prompt 'credit balance too low' is too long\","
                                                + "\"type\":\"invalid_request_error\"}}"))
                        .ends(Told.REFUSAL, 1),
                Row.of("400 that speaks of credit, relayed", answers(400, RELAYED.formatted(400)))
                        .by("openrouter")
                        .ends(Told.REFUSAL, 1));
    }

    private static List<Row> credentials() {
        return List.of(
                Row.of("401, the key is not known", answers(401, INVALID_KEY)).blames(Blame.CREDENTIAL),
                Row.of("401 without a reason", answers(401, "")).blames(Blame.CREDENTIAL),
                Row.of("403 without a reason", answers(403, TROUBLE)).blames(Blame.KEY_ERROR),
                Row.of("401 that an intermediary relays", answers(401, RELAYED.formatted(401)))
                        .by("openrouter")
                        .ends(Told.REFUSAL, 1)
                        .blames(Blame.MODEL_RESTS, Duration.ofSeconds(60)));
    }
}
