package io.keycoord.sdk.jdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keycoord.Outcome.Kind;
import io.keycoord.Usage;
import io.keycoord.sdk.okhttp.Provider;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;

/** Bodies on their way to the caller, and all the ways in which they end. */
class AnswerBodyTest extends JdkClientTest {
    private static final String FIRST = "data: {\"id\":\"g\",\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    private static final String USAGE =
            "data: {\"id\":\"g\",\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3}}\n\n";
    private static final String DONE = "data: [DONE]\n\n";
    private static final String[] EVENTS = {"Content-Type", "text/event-stream"};

    private HttpResponse<InputStream> stream(String body) throws Exception {
        provider.answers(200, body, EVENTS);
        return http.send(chat().build(), BodyHandlers.ofInputStream());
    }

    @Test
    void answerLargerThanItsHeadIsReadWholeAndItsUsageCounted() throws Exception {
        String large = Provider.ANSWER.replace("\"Hi\"", "\"" + "y".repeat(300_000) + "\"");
        provider.answers(200, large);

        assertThat(call().body()).isEqualTo(large);

        assertThat(keys.outcome().usage()).contains(Usage.tokens(9, 2));
    }

    @Test
    void streamIsHandedOnAsItComesAndSettledAtItsEnd() throws Exception {
        try (InputStream body = stream(FIRST + USAGE + DONE).body()) {
            assertThat(new String(body.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(FIRST + USAGE + DONE);
        }

        assertThat(keys.outcome().kind()).isEqualTo(Kind.SUCCESS);
        assertThat(keys.outcome().usage()).contains(Usage.tokens(12, 3));
    }

    @Test
    void streamThatEndsWithoutItsLastEventIsBroken() throws Exception {
        stream(FIRST).body().readAllBytes();

        assertThat(keys.outcome().cause()).isEqualTo("stream_broken");
    }

    @Test
    void streamClosedEarlyIsAborted() throws Exception {
        InputStream body =
                stream(FIRST + ": x\n\n".repeat(100_000) + USAGE + DONE).body();
        assertThat(body.read()).isEqualTo('d');

        body.close();

        await().untilAsserted(() -> assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED));
        assertThat(keys.outcome().usage()).isEmpty();
    }

    @Test
    void streamCutByTheNetworkIsBrokenAndNotRetried() throws Exception {
        provider.server.enqueue(Provider.response(200, "", EVENTS)
                .chunkedBody(FIRST + ": x\n\n".repeat(5_000) + DONE, 64)
                .onResponseBody(SocketEffect.ShutdownConnection.INSTANCE)
                .build());
        provider.succeeds();
        InputStream body =
                http.send(chat().build(), BodyHandlers.ofInputStream()).body();

        assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);

        assertThat(keys.outcome().cause()).isEqualTo("stream_broken");
        assertThat(provider.server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void forgottenStreamIsSettledWhenItIsGone() throws Exception {
        forget();

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            System.gc();
            assertThat(keys.leases.get(0).outcomes).hasSize(1);
        });

        assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED);
    }

    private void forget() throws Exception {
        assertThat(stream(FIRST + ": x\n\n".repeat(100_000)).body().read()).isEqualTo('d');
    }

    @Test
    void linesAndNothingAreBodiesToo() throws Exception {
        provider.answers(200, FIRST + USAGE + DONE, EVENTS).answers(200, "").answers(200, FIRST + USAGE + DONE, EVENTS);

        assertThat(http.send(chat().build(), BodyHandlers.ofLines()).body()).hasSize(6);
        assertThat(http.send(chat().build(), BodyHandlers.ofString()).body()).isEmpty();
        assertThat(http.send(chat().build(), BodyHandlers.discarding()).body()).isNull();

        assertThat(keys.kinds()).containsExactly(Kind.SUCCESS, Kind.PROVIDER_FAILED, Kind.SUCCESS);
    }

    @Test
    void handlerThatFailsFailsTheCall() {
        provider.answers(200, FIRST + ": x\n\n".repeat(100_000), EVENTS);

        assertThatThrownBy(() -> http.send(chat().build(), info -> {
                    throw new IllegalStateException("bug");
                }))
                .hasMessage("bug");

        assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED);
    }

    @Test
    void bodyMayBeReadByWhoeverMakesItsValue() throws Exception {
        String large = Provider.ANSWER.replace("\"Hi\"", "\"" + "y".repeat(300_000) + "\"");
        provider.answers(200, large);

        HttpResponse<Integer> response = http.send(
                chat().build(), info -> BodySubscribers.mapping(BodySubscribers.ofInputStream(), in -> length(in)));

        assertThat(response.body()).isEqualTo(large.length());
        assertThat(keys.outcome().usage()).contains(Usage.tokens(9, 2));
    }

    private static int length(InputStream in) {
        try (in) {
            return in.readAllBytes().length;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void handlerWithoutASubscriberFailsTheCallAndGivesTheKeyBack() {
        provider.answers(200, FIRST + ": x\n\n".repeat(100_000), EVENTS);

        assertThatThrownBy(() -> http.send(chat().build(), info -> null))
                .isInstanceOf(IOException.class)
                .hasCauseInstanceOf(NullPointerException.class);

        assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED);
    }

    @Test
    void handlerThatThrowsAnErrorFailsTheCallAndGivesTheKeyBack() {
        provider.answers(200, FIRST + ": x\n\n".repeat(100_000), EVENTS);

        assertThatThrownBy(() -> http.send(chat().build(), info -> {
                    throw new AssertionError("bug");
                }))
                .isInstanceOf(AssertionError.class);

        assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED);
    }

    @Test
    void subscriberThatAsksForNothingIsTold() {
        provider.answers(200, FIRST + ": x\n\n".repeat(100_000), EVENTS);
        CompletableFuture<Throwable> told = new CompletableFuture<>();

        var unused = http.sendAsync(chat().build(), BodyHandlers.fromSubscriber(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(0);
            }

            @Override
            public void onNext(List<ByteBuffer> item) {}

            @Override
            public void onError(Throwable failure) {
                told.complete(failure);
            }

            @Override
            public void onComplete() {}
        }));

        assertThat(told.orTimeout(20, TimeUnit.SECONDS).join()).hasMessageContaining("asked for 0 items");
        await().untilAsserted(() -> assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED));
    }
}
