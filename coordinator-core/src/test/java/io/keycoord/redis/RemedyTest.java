package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each row of the table of error answers in {@code docs/design/failure-model.md}, over each client. */
class RemedyTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "design", "failure-model.md");
    private static final Pattern ROW = Pattern.compile("\\| `([A-Z][^`]+)` \\| (\\w+) [^|]*\\|.*");
    private static final Duration SHORT = Duration.ofMillis(150);
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Map<String, Remedy> REMEDIES = Map.of(
            "sends", Remedy.SEND_TEXT,
            "loads", Remedy.LOAD_FUNCTIONS,
            "retries", Remedy.RETRY,
            "fails", Remedy.FAIL_OVER,
            "degrades", Remedy.DEGRADE,
            "asks", Remedy.CONFIGURE,
            "reports", Remedy.REPORT);

    /** Answers as servers word them, where the table shortens them. */
    private static final Map<String, String> WHOLE = Map.of(
            "MOVED", "MOVED 1 127.0.0.1:1",
            "ASK", "ASK 1 127.0.0.1:1",
            "REDIRECT", "REDIRECT 127.0.0.1:1");

    /** One server and one connected client serve all rows. */
    record Shared(FakeRedis redis, Client.Connected client) {}

    private static final Map<Client, Shared> SHARED = new EnumMap<>(Client.class);

    @BeforeAll
    static void connect() throws IOException {
        for (Client client : Client.values()) {
            connect(client);
        }
    }

    private static void connect(Client client) throws IOException {
        FakeRedis redis = new FakeRedis(command -> FakeRedis.DONE);
        SHARED.put(client, new Shared(redis, client.standalone(redis.uri())));
    }

    /** A client that was sent elsewhere goes on trying there, and is slow at what follows. */
    private static void reconnectAfter(Row row, Client client) throws IOException {
        if (WHOLE.containsKey(row.answer())) {
            Shared before = Objects.requireNonNull(SHARED.get(client));
            before.client.close();
            before.redis.close();
            connect(client);
        }
    }

    @AfterAll
    static void close() throws IOException {
        for (Shared shared : SHARED.values()) {
            shared.client.close();
            shared.redis.close();
        }
    }

    private static FakeRedis redis(Client client, UnaryOperator<String> answers) {
        FakeRedis redis = Objects.requireNonNull(SHARED.get(client)).redis;
        redis.answers = answers;
        redis.scripts.clear();
        return redis;
    }

    private static ScriptRunner scripts(Client client, Duration failoverWait) {
        return scripts(client, Scripting.EVALSHA, failoverWait);
    }

    private static ScriptRunner scripts(Client client, Scripting scripting, Duration failoverWait) {
        return Objects.requireNonNull(SHARED.get(client))
                .client
                .scripts(scripting)
                .apply(failoverWait);
    }

    record Row(String answer, Remedy remedy) {
        static List<Row> all() throws IOException {
            return Stream.concat(
                            Files.readAllLines(DOCUMENT).stream()
                                    .map(ROW::matcher)
                                    .filter(Matcher::matches)
                                    .map(row -> new Row(row.group(1), remedy(row.group(2)))),
                            Stream.of(new Row("HITHERTOUNKNOWN", Remedy.DEGRADE), new Row("ERR x", Remedy.REPORT)))
                    .toList();
        }

        private static Remedy remedy(String word) {
            return Objects.requireNonNull(REMEDIES.get(word), word);
        }

        String whole() {
            return WHOLE.getOrDefault(answer, answer.replace("…", "some words") + " and more");
        }

        boolean isBug() {
            return answer.equals("BADARG");
        }
    }

    /** Scripts are not met by the answer to a missing function, nor functions by the one to a missing script. */
    static Stream<Arguments> rows() throws IOException {
        return Row.all().stream()
                .flatMap(row -> Stream.of(Client.values())
                        .flatMap(client -> Stream.of(Scripting.values())
                                .filter(scripting -> row.remedy() != missing(otherThan(scripting)))
                                .map(scripting -> Arguments.of(row, client, scripting))));
    }

    private static Scripting otherThan(Scripting scripting) {
        return scripting == Scripting.EVALSHA ? Scripting.FUNCTIONS : Scripting.EVALSHA;
    }

    private static Remedy missing(Scripting scripting) {
        return scripting == Scripting.EVALSHA ? Remedy.SEND_TEXT : Remedy.LOAD_FUNCTIONS;
    }

    @Test
    void theTableNamesEveryRemedy() throws IOException {
        assertThat(Row.all()).hasSizeGreaterThan(28);
        assertThat(Row.all().stream().map(Row::remedy)).contains(Remedy.values());
    }

    @ParameterizedTest
    @MethodSource("rows")
    void anAnswerThatStaysIsTreatedAsTheTableSays(Row row, Client client, Scripting scripting) throws IOException {
        FakeRedis redis = redis(client, command -> "-" + row.whole() + "\r\n");
        ScriptRunner scripts = scripts(client, scripting, SHORT);

        if (row.isBug()) {
            assertThatIllegalStateException().isThrownBy(() -> run(scripts)).withMessageContaining("BADARG");
        } else {
            assertThat(failure(scripts).trouble()).isEqualTo(row.remedy().trouble);
        }
        if (row.remedy() == Remedy.SEND_TEXT) {
            assertThat(redis.scripts).first().isEqualTo("EVALSHA");
            // Redisson tries its own digest of the text first.
            assertThat(redis.scripts.get(1)).isEqualTo(client == Client.JEDIS ? "EVAL" : "EVALSHA");
        } else if (row.remedy() == Remedy.LOAD_FUNCTIONS) {
            assertThat(redis.scripts).startsWith("FCALL", "FUNCTION", "FCALL", "FUNCTION");
        } else {
            assertThat(redis.scripts.size() > 1)
                    .as("repeated: %s", redis.scripts)
                    .isEqualTo(row.remedy().repeats());
        }
        reconnectAfter(row, client);
    }

    static Stream<Arguments> passingRows() throws IOException {
        return rows().filter(arguments -> {
            Remedy remedy = ((Row) arguments.get()[0]).remedy();
            return remedy.repeats() || remedy.sendsScripts();
        });
    }

    @ParameterizedTest
    @MethodSource("passingRows")
    void anAnswerThatPassesIsNotSeenByCallers(Row row, Client client, Scripting scripting) throws IOException {
        try (FakeRedis redis = new FakeRedis(once("-" + row.whole() + "\r\n"));
                Client.Connected connected = client.standalone(redis.uri())) {
            assertThat(run(connected.scripts(scripting).apply(LONG)).status()).isEqualTo("DONE");
        }
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void aConnectionThatBreaksIsReplaced(Client client) {
        redis(client, once(FakeRedis.HANGS_UP));

        assertThat(run(scripts(client, LONG)).status()).isEqualTo("DONE");
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void withoutAnyConnectionTheCallFails(Client client) throws IOException {
        FakeRedis redis = new FakeRedis(command -> FakeRedis.DONE);
        try (redis;
                Client.Connected connected = client.standalone(redis.uri())) {
            ScriptRunner scripts = connected.scripts().apply(SHORT);
            run(scripts);
            redis.close();

            assertThat(failure(scripts).trouble()).isEqualTo(Trouble.AWAY);
        }
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void silenceSpendsTheTimeForRepeats(Client client) throws IOException {
        try (FakeRedis redis = new FakeRedis(command -> FakeRedis.SAYS_NOTHING);
                Client.Connected connected = client.standalone(redis.uri())) {
            assertThat(failure(connected.scripts().apply(SHORT)).trouble()).isEqualTo(Trouble.AWAY);
            assertThat(redis.scripts).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void anInterruptEndsTheRepeatsAndStaysSet(Client client) {
        redis(client, command -> "-READONLY x\r\n");
        Thread.currentThread().interrupt();

        failure(scripts(client, Duration.ofHours(1)));

        assertThat(Thread.interrupted()).isTrue();
    }

    private static UnaryOperator<String> once(String first) {
        AtomicInteger calls = new AtomicInteger();
        return command -> calls.getAndIncrement() == 0 ? first : FakeRedis.DONE;
    }

    private static Reply run(ScriptRunner scripts) {
        return scripts.run(Script.POOLS, "keycoord:pools", List.of("secretless"));
    }

    private static StoreUnavailableException failure(ScriptRunner scripts) {
        StoreUnavailableException failure = catchThrowableOfType(StoreUnavailableException.class, () -> run(scripts));
        assertThat(failure).isNotNull();
        assertThat(failure.getMessage()).doesNotContain("secretless");
        return failure;
    }
}
