package io.keycoord.sdk.jdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.Outcome.Kind;
import io.keycoord.sdk.AnswerStalledException;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.call.PoolCalls;
import io.keycoord.sdk.okhttp.FakeCoordinator;
import io.keycoord.sdk.okhttp.FakeLease;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.Test;

/** What becomes of the one that was not chosen, whenever it comes. */
class RaceTest extends JdkClientTest {
    private static final LeaseRequest ANY = LeaseRequest.of(FakeCoordinator.POOL);

    /** Headers that have come, before a body that nobody has asked for. */
    private record Headers(HttpRequest request, AtomicInteger hungUp)
            implements HttpResponse<Flow.Publisher<List<ByteBuffer>>> {
        @Override
        public int statusCode() {
            return 200;
        }

        @Override
        public Optional<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public HttpHeaders headers() {
            return HttpHeaders.of(Map.of(), (name, value) -> true);
        }

        @Override
        public Flow.Publisher<List<ByteBuffer>> body() {
            return reader -> reader.onSubscribe(new Flow.Subscription() {
                @Override
                public void request(long more) {
                    // Nothing comes.
                }

                @Override
                public void cancel() {
                    hungUp.incrementAndGet();
                }
            });
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            return request.uri();
        }

        @Override
        public HttpClient.Version version() {
            return HttpClient.Version.HTTP_1_1;
        }
    }

    private final Calls calls = calls();
    private final Map<Lease, CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>>> sent =
            new ConcurrentHashMap<>();
    private final Headers headers = new Headers(chat().build(), new AtomicInteger());
    private final FakeLease first = (FakeLease) keys.acquire(ANY);
    private final Race race = new Race(
            calls, first, Outgoing.of(chat().build(), calls.ofPool().facts()).join(), this::send);

    private Calls calls() {
        CallOptions options = CallOptions.standard().withHedging(Duration.ofMillis(1), 0.5);
        Calls made = new Calls(transport, PoolCalls.of(keys, FakeCoordinator.POOL, options));
        made.ofPool().hedges().earn();
        made.ofPool().hedges().earn();
        return made;
    }

    /** Reads the secret, so that the charge stays if the lease is closed. */
    private CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> send(Lease lease) {
        assertThat(lease.secret()).isNotNull();
        return sent.computeIfAbsent(lease, now -> new CompletableFuture<>());
    }

    private CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> sent(Lease lease) {
        return Objects.requireNonNull(sent.get(lease));
    }

    /** A race that two are in. */
    private CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> begun() {
        var answer = race.begin(Optional.of(ANY));
        await().until(() ->
                sent.size() == 2 && sent.values().stream().allMatch(each -> each.getNumberOfDependents() > 0));
        return answer;
    }

    private FakeLease second() {
        return keys.leases.get(1);
    }

    private void assertFirstIsTheCallersAndSecondSettled() {
        assertThat(race.lease()).isSameAs(first);
        assertThat(first.outcomes).isEmpty();
        assertThat(second().outcomes).extracting(Outcome::kind).containsExactly(Kind.ABORTED);
    }

    @Test
    void answerThatComesWhileTheOtherIsHandedOnIsHungUpOnAndSettled() {
        var told = begun().thenAccept(answer -> sent(second()).complete(headers));

        sent(first).complete(new Headers(headers.request, new AtomicInteger()));

        assertThat(told).isCompleted();
        assertFirstIsTheCallersAndSecondSettled();
        assertThat(headers.hungUp).hasValue(1);
    }

    @Test
    void failureThatComesWhileTheOtherIsHandedOnIsSettled() {
        var told = begun().thenAccept(answer -> sent(second()).completeExceptionally(new IOException("x")));

        sent(first).complete(headers);

        assertThat(told).isCompleted();
        assertFirstIsTheCallersAndSecondSettled();
        assertThat(headers.hungUp).hasValue(0);
    }

    @Test
    void leaseOfARaceThatWasCalledOffStaysTheCallersWhenItsAnswerComes() {
        var answer = begun();
        answer.completeExceptionally(new AnswerStalledException(Duration.ofSeconds(1), false));

        sent(first).complete(headers);

        assertFirstIsTheCallersAndSecondSettled();
        assertThat(headers.hungUp).hasValue(1);
    }
}
