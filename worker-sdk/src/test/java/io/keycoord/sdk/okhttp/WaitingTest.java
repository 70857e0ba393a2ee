package io.keycoord.sdk.okhttp;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition.Reason;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Outcome.Kind;
import io.keycoord.sdk.LeaseUnavailableException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WaitingTest {
    private final Provider provider = new Provider();
    private final FakeCoordinator keys = new FakeCoordinator("openai", provider.baseUrl(), key("a1", "a"));
    private final OkHttpClient http = LeasedHttp.newClient(keys, FakeCoordinator.POOL);

    @AfterEach
    void stop() {
        http.dispatcher().executorService().shutdown();
        provider.close();
    }

    @Test
    void denialIsAnExceptionThatTellsWhenToComeBack() {
        keys.denyNext(Reason.RATE_LIMITED, Duration.ofSeconds(40));

        assertThatThrownBy(() -> http.newCall(provider.chat()).execute())
                .isInstanceOfSatisfying(LeaseUnavailableException.class, e -> {
                    assertThat(e.retryAfter()).contains(Duration.ofSeconds(40));
                    assertThat(e).hasCauseInstanceOf(KeyUnavailableException.class);
                });

        assertThat(provider.server.getRequestCount()).isZero();
    }

    @Test
    void callWithoutATimeoutWaitsAsLongAsTheOptionsSay() throws Exception {
        provider.succeeds();

        http.newCall(provider.chat()).execute().close();

        assertThat(keys.requests.get(0).maxWait()).contains(Duration.ofSeconds(30));
    }

    @Test
    void callWithATimeoutWaitsNoLongerThanThat() throws Exception {
        provider.succeeds();
        Call call = http.newCall(provider.chat());
        call.timeout().timeout(2, TimeUnit.MINUTES);

        call.execute().close();

        assertThat(keys.requests.get(0).maxWait())
                .hasValueSatisfying(wait -> assertThat(wait).isBetween(Duration.ofSeconds(60), Duration.ofMinutes(2)));
    }

    @Test
    void callTimeoutEndsTheWaitAndGivesTheReservationBack() {
        keys.holding = true;

        // On a busy machine a call's time may be over before it waits; then the next one has more.
        for (long ms = 100; keys.waiting.get() == 0 && ms < 60_000; ms *= 3) {
            Call call = http.newCall(provider.chat());
            call.timeout().timeout(ms, TimeUnit.MILLISECONDS);
            assertThatThrownBy(call::execute).isInstanceOf(InterruptedIOException.class);
        }

        assertThat(keys.waiting).hasValue(1);
        assertThat(keys.interrupted).hasValue(1);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void cancelledCallGivesItsReservationBack() throws Exception {
        keys.holding = true;
        Call call = http.newCall(provider.chat());
        CompletableFuture<IOException> failed = new CompletableFuture<>();
        call.enqueue(new Callback() {
            @Override
            public void onFailure(Call failedCall, IOException e) {
                failed.complete(e);
            }

            @Override
            public void onResponse(Call answered, Response response) {
                response.close();
            }
        });
        await().atMost(Duration.ofSeconds(30)).until(() -> keys.waiting.get() == 1);

        call.cancel();

        assertThat(failed.get(30, TimeUnit.SECONDS)).hasMessage("Canceled");
        assertThat(keys.interrupted).hasValue(1);
    }

    @Test
    void interruptedThreadGivesItsReservationBack() throws Exception {
        keys.holding = true;
        CompletableFuture<Boolean> flag = new CompletableFuture<>();
        Thread waiting = new Thread(() -> {
            try {
                http.newCall(provider.chat()).execute().close();
            } catch (IOException e) {
                flag.complete(Thread.currentThread().isInterrupted());
            }
        });
        waiting.start();
        await().atMost(Duration.ofSeconds(30)).until(() -> keys.waiting.get() == 1);

        waiting.interrupt();

        assertThat(flag.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(keys.interrupted).hasValue(1);
    }

    @Test
    void leaseTooOldToSendIsGivenBackAndReplaced() throws Exception {
        keys.nextLeasesAreLate(2);
        provider.succeeds();

        http.newCall(provider.chat()).execute().close();

        assertThat(keys.kinds()).containsExactly(Kind.UNUSED, Kind.UNUSED, Kind.SUCCESS);
    }

    /** A client whose first lease is too old as soon as its connection stands. */
    private OkHttpClient slowToConnect(Runnable then) {
        EventListener connected = new EventListener() {
            @Override
            public void connectEnd(Call call, InetSocketAddress address, Proxy proxy, Protocol protocol) {
                keys.leases.get(0).late = true;
                then.run();
            }
        };
        return http.newBuilder().eventListener(connected).build();
    }

    @Test
    void leaseThatBecameTooOldWhileConnectingIsExchanged() throws Exception {
        provider.succeeds();

        slowToConnect(() -> {}).newCall(provider.chat()).execute().close();

        assertThat(keys.kinds()).containsExactly(Kind.UNUSED, Kind.SUCCESS);
        assertThat(keys.requests.get(1).model()).isEqualTo(keys.requests.get(0).model());
        assertThat(provider.server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void nothingIsSentWithALeaseThatCannotBeExchanged() {
        OkHttpClient slow = slowToConnect(() -> keys.denyNext(Reason.RATE_LIMITED, Duration.ofSeconds(40)));

        assertThatThrownBy(() -> slow.newCall(provider.chat()).execute()).isInstanceOf(LeaseUnavailableException.class);

        assertThat(keys.kinds()).containsExactly(Kind.UNUSED);
        assertThat(provider.server.getRequestCount()).isZero();
    }

    @Test
    void leaseThatWasSentIsNotExchangedForARedirect() throws Exception {
        provider.answers(307, "", "Location", provider.baseUrl() + "/elsewhere").succeeds();
        OkHttpClient following = http.newBuilder()
                .followRedirects(true)
                .addNetworkInterceptor(chain -> {
                    Response response = chain.proceed(chain.request());
                    keys.leases.get(0).late = true;
                    return response;
                })
                .build();

        following.newCall(provider.chat()).execute().close();

        assertThat(keys.kinds()).containsExactly(Kind.SUCCESS);
    }

    @Test
    void twentyAsynchronousCallsRunAtOnce() throws Exception {
        CountDownLatch arrived = new CountDownLatch(20);
        provider.server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) throws InterruptedException {
                arrived.countDown();
                boolean together = arrived.await(30, TimeUnit.SECONDS);
                return Provider.response(together ? 200 : 400, Provider.ANSWER).build();
            }
        });
        CountDownLatch good = new CountDownLatch(20);
        for (int i = 0; i < 20; i++) {
            http.newCall(provider.chat()).enqueue(new Callback() {
                @Override
                public void onFailure(Call call, IOException e) {
                    throw new AssertionError(e);
                }

                @Override
                public void onResponse(Call call, Response response) {
                    if (response.isSuccessful()) {
                        good.countDown();
                    }
                    response.close();
                }
            });
        }

        assertThat(good.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(keys.kinds()).hasSize(20).containsOnly(Kind.SUCCESS);
    }
}
