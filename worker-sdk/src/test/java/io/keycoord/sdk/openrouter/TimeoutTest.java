package io.keycoord.sdk.openrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.FakeCoordinator;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The time that a request is given bounds all that is done for it. */
@Timeout(60)
class TimeoutTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final String CHUNK = "data: {\"id\":\"g\",\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    private static final String END =
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    private final Scripted provider = new Scripted();
    private final FakeCoordinator keys = new FakeCoordinator(
            "openrouter", provider.baseUrl(), FakeCoordinator.key("k1", "a"), FakeCoordinator.key("k2", "b"));
    private final OpenRouterClient chat = OpenRouterClient.create(keys, FakeCoordinator.POOL, CallOptions.standard());
    private final ChatRequest request = ChatRequest.of("vendor/model", "Hello").withTimeout(SHORT);

    @AfterEach
    void stop() {
        provider.close();
    }

    private static MockResponse.Builder late() {
        return new MockResponse.Builder()
                .headersDelay(1, TimeUnit.HOURS)
                .setHeader("Content-Type", "application/json")
                .body(Scripted.ANSWER);
    }

    private static void assertTimedOut(Throwable failure) {
        assertThat(failure)
                .isInstanceOfSatisfying(
                        TimedOutException.class,
                        timedOut -> assertThat(timedOut.timeout()).isEqualTo(SHORT));
    }

    private void assertAllSettled() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(keys.leases)
                        .isNotEmpty()
                        .allSatisfy(lease -> assertThat(lease.outcomes).hasSize(1)));
    }

    @Test
    void anAnswerThatDoesNotComeIsGivenUp() {
        provider.answers(late());
        assertThatThrownBy(() -> chat.complete(request)).satisfies(TimeoutTest::assertTimedOut);
        assertAllSettled();
    }

    @Test
    void anAnswerThatStallsInItsMiddleIsGivenUp() {
        provider.answers(new MockResponse.Builder()
                .setHeader("Content-Type", "application/json")
                .body(Scripted.ANSWER)
                .bodyDelay(1, TimeUnit.HOURS));
        assertThatThrownBy(() -> chat.complete(request)).satisfies(TimeoutTest::assertTimedOut);
    }

    @Test
    void theTimeIsOfAllTries() {
        provider.json(500, "{}");
        provider.answers(late());
        assertThatThrownBy(() -> chat.complete(request)).isInstanceOf(TimedOutException.class);
        assertThat(provider.calls()).isEqualTo(2);
        assertAllSettled();
    }

    @Test
    void aFutureAndABatchAreBoundedToo() {
        provider.answers(late());
        assertThatThrownBy(() -> chat.completeAsync(request).join())
                .isInstanceOf(CompletionException.class)
                .extracting(Throwable::getCause)
                .satisfies(TimeoutTest::assertTimedOut);

        provider.answers(late());
        provider.answers(late());
        List<BatchResult> results = chat.completeAll(List.of(request, request));
        assertThat(results)
                .hasSize(2)
                .allSatisfy(result -> assertThatThrownBy(result::orElseThrow).isInstanceOf(TimedOutException.class));
        assertAllSettled();
    }

    @Test
    void aStreamIsBoundedUntilItsFirstPiece() {
        provider.answers(new MockResponse.Builder()
                .setHeader("Content-Type", "text/event-stream")
                .body(CHUNK + END)
                .bodyDelay(1, TimeUnit.HOURS));
        assertThatThrownBy(() -> chat.stream(request)).satisfies(TimeoutTest::assertTimedOut);
        assertAllSettled();
    }

    @Test
    void aStreamThatHasBegunMayTakeLonger() {
        provider.answers(new MockResponse.Builder()
                .setHeader("Content-Type", "text/event-stream")
                .body(CHUNK.repeat(20) + END)
                .throttleBody((long) CHUNK.length() * 4, 200, TimeUnit.MILLISECONDS));
        StringBuilder text = new StringBuilder();

        chat.stream(request, chunk -> text.append(chunk.text()));

        assertThat(text.toString()).isEqualTo("Hi".repeat(20));
    }

    @Test
    void anAnswerInTimeIsNotDisturbed() {
        provider.json(200, Scripted.ANSWER);
        ChatRequest patient = request.withTimeout(Duration.ofMinutes(1)).withMaxTokens(5);
        assertThat(chat.completeAsync(patient).join().text()).isEqualTo("Hi");
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> request.withTimeout(Duration.ZERO))
                .hasMessage("timeout is PT0S, expected PT0.001S to PT24H");
        assertThatThrownBy(() -> request.withTimeout(Duration.ofDays(1).plusNanos(1)))
                .hasMessageContaining("expected PT0.001S to PT24H");
    }
}
