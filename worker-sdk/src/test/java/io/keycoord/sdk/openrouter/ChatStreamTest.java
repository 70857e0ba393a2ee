package io.keycoord.sdk.openrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.sdk.FaultClass;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.simulator.Dialect;
import io.keycoord.simulator.Fault;
import io.keycoord.simulator.FaultKind;
import io.keycoord.simulator.Latency;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RedisExtension.class)
@Timeout(60)
class ChatStreamTest {
    private static final String PIECE =
            "data: {\"id\":\"g\",\"model\":\"m\",\"x\":1,\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    private static final ChatRequest HELLO = ChatRequest.of("sim/chat", "Hello").withMaxTokens(200);

    private static final CallOptions IMPATIENT = CallOptions.standard().withMaxWait(Duration.ofSeconds(5));

    private final TestRedis redis;
    private final Scripted scripted = new Scripted();
    private final ProviderSimulator provider = ProviderSimulator.start(SimulatorConfig.builder()
            .dialect(Dialect.OPENROUTER)
            .models(List.of("sim/chat"))
            .latency(Latency.none().withPerToken(Duration.ofMillis(2)))
            .account(account("a"))
            .account(account("b"))
            .build());
    private final List<RedisKeyCoordinator> opened = new ArrayList<>();

    ChatStreamTest(TestRedis redis) {
        this.redis = redis;
        redis.clear();
    }

    private static SimulatedAccount account(String id) {
        return SimulatedAccount.builder(id)
                .key(id + "1", "sim-secret-" + id + "1")
                .build();
    }

    @AfterEach
    void stop() {
        opened.forEach(RedisKeyCoordinator::close);
        provider.close();
        scripted.close();
    }

    private OpenRouterClient chat(URI baseUrl) {
        RedisKeyCoordinator keys = Keys.coordinator(redis, baseUrl);
        opened.add(keys);
        return OpenRouterClient.create(keys, Keys.POOL, IMPATIENT);
    }

    private OpenRouterClient simulated() {
        return chat(provider.baseUrl());
    }

    private ChatStream events(String body) {
        scripted.events(body);
        return chat(scripted.baseUrl()).stream(HELLO);
    }

    private void assertNothingHeld() {
        try (PoolInspector inspector = PoolInspector.connect(redis.uri().toString())) {
            assertThat(inspector.leases(Keys.POOL)).isEmpty();
        }
    }

    @Test
    void thePiecesMakeTheTextAndTheLastTellsWhatItCost() {
        List<ChatChunk> chunks = new ArrayList<>();

        try (ChatStream stream = simulated().stream(HELLO)) {
            stream.forEachRemaining(chunks::add);
            assertNothingHeld();
            assertThat(stream.hasNext()).isFalse();
            assertThatThrownBy(stream::next).isInstanceOf(NoSuchElementException.class);
        }

        StringBuilder text = new StringBuilder();
        chunks.forEach(chunk -> text.append(chunk.text()));
        assertThat(chunks).hasSizeGreaterThan(2);
        assertThat(chunks).filteredOn(chunk -> chunk.finishReason().isPresent()).hasSize(1);
        ChatUsage usage = chunks.get(chunks.size() - 1).usage().orElseThrow();
        assertThat(text.toString().split(" ")).hasSize((int) usage.completionTokens());
        assertThat(usage.microUsd()).hasValue(usage.totalTokens());
    }

    @Test
    void eachPieceIsGivenToACallback() {
        StringBuilder text = new StringBuilder();

        simulated().stream(HELLO, chunk -> text.append(chunk.text()));

        assertThat(text.toString()).startsWith("the key");
        assertNothingHeld();
    }

    @Test
    void aCallbackThatFailsEndsTheStream() {
        IllegalStateException bug = new IllegalStateException("bug");

        assertThatThrownBy(() -> simulated().stream(HELLO, chunk -> {
                    throw bug;
                }))
                .isSameAs(bug);

        assertNothingHeld();
    }

    @Test
    void closedInItsMiddleItGivesTheKeyBackAndHangsUp() {
        ChatStream stream = simulated().stream(HELLO.withMaxTokens(4_000).withField("seed", 3));
        assertThat(stream.next().text()).isNotEmpty();

        stream.close();

        assertNothingHeld();
        assertThat(stream.hasNext()).isFalse();
        stream.close();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> provider.stats().total().aborted() == 1);
    }

    @Test
    void anErrorInTheMiddleIsARefusal() {
        provider.script(Fault.ofAll(FaultKind.STREAM_ERROR).withAfterChunks(2));
        List<ChatChunk> chunks = new ArrayList<>();

        RefusedException refused =
                catchThrowableOfType(RefusedException.class, () -> simulated().stream(HELLO, chunks::add));

        assertThat(chunks).hasSize(2);
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.fault()).isEqualTo(FaultClass.UNAVAILABLE);
        assertThat(refused.providerMessage()).isEqualTo("The provider went away");
        assertNothingHeld();
        assertThat(provider.stats().total().requests()).isEqualTo(1);
    }

    @Test
    void aStreamThatIsCutOrBrokenOrNoJsonIsNotWhole() {
        for (FaultKind kind : List.of(FaultKind.CUT_STREAM, FaultKind.RESET_STREAM, FaultKind.MALFORMED_CHUNK)) {
            String id = provider.script(Fault.ofAll(kind).withAfterChunks(1));

            assertThatThrownBy(() -> simulated().stream(HELLO, chunk -> {}))
                    .as(kind.word())
                    .isInstanceOf(TransportException.class);

            provider.clearFault(id);
            assertNothingHeld();
        }
    }

    @Test
    void aRefusalBeforeTheStreamIsARefusal() {
        provider.script(Fault.ofAll(FaultKind.INSUFFICIENT_CREDITS));

        assertThatThrownBy(() -> simulated().stream(HELLO))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.fault()).isEqualTo(FaultClass.MONEY));
        assertNothingHeld();
    }

    @Test
    void aStreamIsAskedForAndItsUnknownFieldsAreKept() throws Exception {
        try (ChatStream stream = events(": OPENROUTER PROCESSING\r\n\r\n" + PIECE + "event: x\n" + "data:[DONE]")) {
            ChatChunk piece = stream.next();
            assertThat(piece.text()).isEqualTo("Hi");
            assertThat(piece.id()).contains("g");
            assertThat(piece.model()).contains("m");
            assertThat(piece.usage()).isEmpty();
            assertThat(piece.body().path("x").asInt()).isEqualTo(1);
            assertThat(piece).hasToString("ChatChunk[g, 2 characters]");
            assertThat(stream.hasNext()).isFalse();
        }

        assertThat(Scripted.bodyOf(scripted.taken()).path("stream").asBoolean()).isTrue();
    }

    @Test
    void aStreamThatStopsWithoutItsEndIsNotWhole() {
        try (ChatStream stream = events(PIECE)) {
            stream.next();

            assertThatThrownBy(stream::hasNext)
                    .isInstanceOf(TransportException.class)
                    .hasMessage("the stream broke off before its end");
        }
    }

    @Test
    void aWholeAnswerWhereAStreamWasAskedForIsNoStream() {
        scripted.json(200, Scripted.ANSWER);
        scripted.json(200, "{\"error\": {\"code\": 400, \"message\": \"wrong sk-or-v1-0123456789\"}}");
        OpenRouterClient chat = chat(scripted.baseUrl());

        assertThatThrownBy(() -> chat.stream(HELLO))
                .isInstanceOf(TransportException.class)
                .hasMessage("the provider answered 200 without a stream");
        assertThatThrownBy(() -> chat.stream(HELLO))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("wrong ***");
        assertNothingHeld();
    }
}
