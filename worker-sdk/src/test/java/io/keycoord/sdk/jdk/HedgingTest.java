package io.keycoord.sdk.jdk;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keycoord.LeaseRequest;
import io.keycoord.Outcome.Kind;
import io.keycoord.sdk.AnswerStalledException;
import io.keycoord.sdk.call.CallCounts;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.FakeCoordinator;
import io.keycoord.sdk.okhttp.LeasedHttp;
import io.keycoord.sdk.okhttp.Provider;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Calls that are made a second time, because the first is late. */
class HedgingTest extends JdkClientTest {
    private static final Duration AFTER = Duration.ofMillis(300);
    private static final String FAILED = "{\"error\":{\"code\":500,\"message\":\"x\"}}";

    private final CallCounts counts = new CallCounts();
    private final CallOptions options =
            CallOptions.standard().withHedging(AFTER, 0.5).withCounts(counts);

    private LeasedHttpClient client(CallOptions chosen, FakeCoordinator coordinator) {
        return LeasedHttpClient.of(transport, coordinator, FakeCoordinator.POOL, chosen);
    }

    /** A client that has earned a half of a second request; with its next call it has one. */
    private LeasedHttpClient earned(CallOptions chosen, FakeCoordinator coordinator) throws Exception {
        LeasedHttpClient client = client(chosen, coordinator);
        provider.succeeds();
        client.send(chat().build(), BodyHandlers.ofString());
        provider.taken();
        return client;
    }

    private void answersAfter(Duration delay, int status, String body) {
        provider.server.enqueue(Provider.response(status, body)
                .headersDelay(delay.toMillis(), TimeUnit.MILLISECONDS)
                .build());
    }

    /** Of the calls that were hedged, in the order of their leases. */
    private List<Kind> kinds() {
        await().untilAsserted(() -> assertThat(keys.leases)
                .allSatisfy(lease -> assertThat(lease.outcomes).hasSize(1)));
        return keys.kinds().subList(1, keys.leases.size());
    }

    @Test
    void lateAnswerIsOvertakenByThatOfAnotherAccount() throws Exception {
        LeasedHttpClient client = earned(options, keys);
        answersAfter(Duration.ofSeconds(20), 200, "{}");
        provider.succeeds();

        HttpResponse<String> response = client.send(chat().build(), BodyHandlers.ofString());

        assertThat(response.body()).isEqualTo(Provider.ANSWER);
        assertThat(kinds()).containsExactly(Kind.ABORTED, Kind.SUCCESS);
        assertThat(provider.taken().getHeaders().get("Authorization")).isEqualTo("Bearer secret-of-a1");
        assertThat(provider.taken().getHeaders().get("Authorization")).isEqualTo("Bearer secret-of-b1");
        LeaseRequest second = keys.requests.get(2);
        assertThat(second.excludedAccounts()).containsExactly("a");
        assertThat(second.maxWait()).contains(Duration.ZERO);
        assertThat(counts).hasToString("CallCounts[fallbackModels=0, lastResorts=0, hedges=1, hedgesWon=1]");
    }

    @Test
    void firstMayStillWin() throws Exception {
        LeasedHttpClient client = earned(options, keys);
        answersAfter(AFTER.multipliedBy(5), 200, Provider.ANSWER);
        answersAfter(Duration.ofSeconds(20), 200, "{}");

        HttpResponse<String> response = client.send(chat().build(), BodyHandlers.ofString());

        assertThat(response.body()).isEqualTo(Provider.ANSWER);
        assertThat(kinds()).containsExactly(Kind.SUCCESS, Kind.ABORTED);
        assertThat(counts.hedgesWon()).isZero();
    }

    @Test
    void refusalOfOneIsSettledAndTheOtherWaitedFor() throws Exception {
        LeasedHttpClient client = earned(options, keys);
        answersAfter(AFTER.multipliedBy(6), 200, Provider.ANSWER);
        provider.answers(429, "{\"error\":{\"code\":429,\"message\":\"limit_rpm/x\"}}", "retry-after", "20");

        HttpResponse<String> response = client.send(chat().build(), BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(kinds()).containsExactly(Kind.SUCCESS, Kind.RATE_LIMITED);
        assertThat(provider.server.getRequestCount()).isEqualTo(3);
    }

    @Test
    void whenBothFailTheCallerGetsTheLast() throws Exception {
        LeasedHttpClient client = earned(options.withMaxAttempts(1), keys);
        answersAfter(AFTER.multipliedBy(3), 500, FAILED);
        answersAfter(AFTER.multipliedBy(6), 502, FAILED);

        HttpResponse<String> response = client.send(chat().build(), BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.body()).isEqualTo(FAILED);
        assertThat(kinds()).containsExactly(Kind.PROVIDER_FAILED, Kind.PROVIDER_FAILED);
    }

    @Test
    void onlyTheShareOfCallsIsMadeTwice() throws Exception {
        LeasedHttpClient client = client(options, keys);
        answersAfter(AFTER.multipliedBy(4), 200, Provider.ANSWER);
        answersAfter(AFTER.multipliedBy(4), 200, Provider.ANSWER);
        provider.succeeds();

        assertThat(client.send(chat().build(), BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);
        assertThat(provider.server.getRequestCount()).isEqualTo(1);
        assertThat(client.send(chat().build(), BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);

        assertThat(provider.server.getRequestCount()).isEqualTo(3);
        assertThat(counts.hedges()).isEqualTo(1);
    }

    @Test
    void withoutAnotherAccountThatIsFreeNothingIsSentTwice() throws Exception {
        FakeCoordinator one = new FakeCoordinator("openrouter", provider.baseUrl(), key("a1", "a"), key("a2", "a"));
        LeasedHttpClient client = earned(options, one);
        answersAfter(AFTER.multipliedBy(4), 200, Provider.ANSWER);

        assertThat(client.send(chat().build(), BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);

        assertThat(one.kinds()).containsExactly(Kind.SUCCESS, Kind.SUCCESS);
        assertThat(counts.hedges()).isZero();
    }

    @Test
    void bodyThatCanBeSentOnceIsNotSentTwice() throws Exception {
        LeasedHttpClient client = earned(options, keys);
        answersAfter(AFTER.multipliedBy(4), 200, Provider.ANSWER);
        HttpRequest request = chat().setHeader("Content-Type", "audio/mpeg")
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[10])))
                .build();

        client.send(request, BodyHandlers.ofString());

        assertThat(kinds()).containsExactly(Kind.SUCCESS);
        assertThat(provider.server.getRequestCount()).isEqualTo(2);
    }

    @Test
    void cancelledCallGivesBothBack() throws Exception {
        LeasedHttpClient client = earned(options, keys);
        answersAfter(Duration.ofSeconds(20), 200, "{}");
        answersAfter(Duration.ofSeconds(20), 200, "{}");
        CompletableFuture<HttpResponse<String>> answer = client.sendAsync(chat().build(), BodyHandlers.ofString());
        provider.taken();
        provider.taken();
        await().until(() -> counts.hedges() == 1);

        answer.cancel(true);

        assertThat(kinds()).containsExactly(Kind.ABORTED, Kind.ABORTED);
    }

    @Test
    void silenceOfBothIsTheProvidersFailureOnce() throws Exception {
        LeasedHttpClient client = earned(options.withFirstTokenTimeout(Duration.ofSeconds(3)), keys);
        answersAfter(Duration.ofSeconds(20), 200, "{}");
        answersAfter(Duration.ofSeconds(20), 200, "{}");

        assertThatThrownBy(() -> client.send(chat().build(), BodyHandlers.ofString()))
                .isInstanceOf(AnswerStalledException.class);

        assertThat(kinds()).containsExactly(Kind.PROVIDER_FAILED, Kind.ABORTED);
    }

    @Test
    void streamIsTheWinnersToItsEnd() throws Exception {
        LeasedHttpClient client = earned(options, keys);
        String stream = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n";
        answersAfter(Duration.ofSeconds(20), 200, "{}");
        provider.answers(200, stream, "Content-Type", "text/event-stream");

        assertThat(client.send(chat().build(), BodyHandlers.ofString()).body()).isEqualTo(stream);

        assertThat(kinds()).containsExactly(Kind.ABORTED, Kind.SUCCESS);
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> LeasedHttp.newClient(keys, FakeCoordinator.POOL, options))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("hedging is Hedging[after=PT0.3S, share=0.5], expected none");
        assertThatThrownBy(() -> options.withHedging(Duration.ZERO, 0.05))
                .hasMessage("after is PT0S, expected PT0.001S to PT1H");
        assertThatThrownBy(() -> options.withHedging(AFTER, 0)).hasMessage("share is 0.0, expected more than 0 to 0.5");
    }
}
