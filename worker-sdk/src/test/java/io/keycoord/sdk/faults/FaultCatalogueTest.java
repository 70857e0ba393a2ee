package io.keycoord.sdk.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.sdk.AnswerStalledException;
import io.keycoord.sdk.LeaseUnavailableException;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.faults.Ledger.Held;
import io.keycoord.sdk.faults.MisbehavingProvider.Call;
import io.keycoord.sdk.faults.Row.Blame;
import io.keycoord.sdk.faults.Row.Kind;
import io.keycoord.sdk.faults.Row.Told;
import io.keycoord.sdk.faults.Transport.Caller;
import io.keycoord.sdk.faults.Transport.Got;
import io.keycoord.sdk.provider.Dialect;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The {@linkplain Catalogue catalogue} of what providers do wrong, over both transports, with leases in a real Redis. Of every
 * row: each lease is settled once and as what it was, no slot is lost, nobody is blamed but who is at fault, and the caller
 * gets a good answer or is told. The rows are left in {@code target/fault-catalogue.md} as a table. A usual build plays each row
 * once, the long proofs play it in every way.
 */
@Tag("sampled")
class FaultCatalogueTest extends FaultTest {
    private static final String SECRET = "sk-fault-";
    private static final String SECRET_OF_POOL = SECRET + Ledger.POOL + "-";

    FaultCatalogueTest(TestRedis redis) {
        super(redis);
    }

    @AfterAll
    static void printTable() throws IOException {
        String head = "| fault | provider | calls | sent | caller gets | held against |\n|---|---|---|---|---|---|\n";
        Path file = Files.createDirectories(Path.of("target")).resolve("fault-catalogue.md");
        Files.writeString(file, Catalogue.rows().stream().map(Row::line).collect(Collectors.joining("\n", head, "\n")));
    }

    static Stream<Arguments> rows() {
        List<Row> rows = Catalogue.rows();
        return IntStream.range(0, rows.size()).boxed().flatMap(number -> ways(rows.get(number), number));
    }

    /** Each row of each kind of call over each transport, or one of these after the other, row by row. */
    private static Stream<Arguments> ways(Row row, int number) {
        List<Arguments> all = Stream.of(Kind.values())
                .filter(row.kinds()::contains)
                .flatMap(kind -> Stream.of(Transport.values()).map(way -> Arguments.of(row, kind, way)))
                .toList();
        return Boolean.getBoolean("keycoord.proofs") ? all.stream() : Stream.of(all.get(number % all.size()));
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("rows")
    void row(Row row, Kind kind, Transport transport) {
        CallOptions options = row.options().apply(CallOptions.standard().withMaxWait(Duration.ofSeconds(10)));
        try (MisbehavingProvider provider =
                        new MisbehavingProvider(row.replies().toArray(Reply[]::new));
                RedisKeyCoordinator keys =
                        Pools.coordinator(redis, SECRET, Pools.pool(Ledger.POOL, row.provider(), provider.baseUrl()))) {
            Caller caller = transport.caller(keys, Ledger.POOL, options);
            for (int i = 0; i < row.goodFirst(); i++) {
                assertThat(end(caller, provider.baseUrl(), kind)).isEqualTo(Told.GOOD_ANSWER);
            }
            long beganMs = System.currentTimeMillis();

            Told told = end(caller, provider.baseUrl(), kind);

            ledger.holdsNothing();
            assertThat(told).as("what the caller is told").isEqualTo(row.caller());
            assertThat(provider.calls()).as("calls sent").hasSize(row.goodFirst() + row.sent());
            checkCounts(row, provider.calls());
            checkBlame(row, provider.calls(), beganMs);
        }
    }

    private static Told end(Caller caller, URI baseUrl, Kind kind) {
        String body = kind == Kind.PLAIN ? BODY : BODY.replace("{\"model\"", "{\"stream\":true,\"model\"");
        try {
            Got got = caller.post(URI.create(baseUrl + "/chat/completions"), body);
            if (got.status() >= 400) {
                return Told.REFUSAL;
            }
            boolean good = got.body().equals(kind == Kind.PLAIN ? Reply.PLAIN : Reply.CHUNK + Reply.LAST)
                    || got.body().equals(": PROCESSING\n\n".repeat(3) + Reply.CHUNK + Reply.LAST);
            return good ? Told.GOOD_ANSWER : Told.AS_SENT;
        } catch (IOException e) {
            return told(e);
        }
    }

    private static Told told(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof AnswerStalledException) {
                return Told.STALLED;
            } else if (cause instanceof LeaseUnavailableException) {
                return Told.NO_KEY;
            }
        }
        return Told.BROKEN;
    }

    private static String keyOf(Row row, Call call) {
        Dialect dialect = Dialect.of(row.provider());
        String credential = call.credential(dialect.credentialHeader());
        assertThat(credential).startsWith(dialect.credentialPrefix() + SECRET_OF_POOL);
        return credential.substring((dialect.credentialPrefix() + SECRET_OF_POOL).length());
    }

    /** Each lease has ended as one call of its key, and only good answers as good ones. */
    private void checkCounts(Row row, List<Call> calls) {
        Map<String, Long> seen = calls.stream()
                .collect(Collectors.groupingBy(call -> keyOf(row, call), TreeMap::new, Collectors.counting()));
        Map<String, Long> good = ledger.calls("calls_ok");
        Map<String, Long> counted = new TreeMap<>(good);
        ledger.calls("calls_failed").forEach((key, count) -> counted.merge(key, count, Long::sum));
        assertThat(counted).as("calls by key").isEqualTo(seen);
        boolean harmless = row.caller() == Told.AS_SENT && row.blame() == Blame.NOBODY;
        long served = row.goodFirst() + (row.caller() == Told.GOOD_ANSWER || harmless ? 1L : 0L);
        assertThat(good.values().stream().mapToLong(count -> count).sum())
                .as("calls counted as successes")
                .isEqualTo(served);
    }

    private void checkBlame(Row row, List<Call> calls, long beganMs) {
        List<Call> faulty = calls.subList(row.goodFirst(), row.replies().size());
        List<String> keys = faulty.stream().map(call -> keyOf(row, call)).toList();
        List<Held> held = ledger.held();
        assertThat(held).as("held against %s", keys).allSatisfy(one -> {
            assertThat(parts(row.blame())).contains(one.blame());
            assertThat(one.whom()).isIn(whom(one.blame(), keys));
            if (!row.rest().isZero()) {
                Duration rest = Duration.ofMillis(one.untilMs() - beganMs);
                assertThat(rest)
                        .isBetween(row.rest().minusSeconds(1), row.rest().plusSeconds(15));
            }
        });
        long expected = parts(row.blame()).stream()
                .mapToInt(part -> whom(part, keys).size())
                .sum();
        assertThat(held).hasSize((int) expected);
    }

    private static List<Blame> parts(Blame blame) {
        return blame == Blame.MODEL_FAILS_FOR_KEY ? List.of(Blame.MODEL_FAILS, Blame.KEY_ERROR) : List.of(blame);
    }

    private static List<String> whom(Blame blame, List<String> keys) {
        return switch (blame) {
            case NOBODY, MODEL_FAILS_FOR_KEY -> List.of();
            case MODEL_FAILS, MODEL_RESTS -> List.of("vendor/model");
            case MODELS_OF_ACCOUNT, ACCOUNT ->
                keys.stream().map(key -> key.substring(0, 1)).distinct().toList();
            case KEY, KEY_ERROR, CREDENTIAL -> keys.stream().distinct().toList();
        };
    }
}
