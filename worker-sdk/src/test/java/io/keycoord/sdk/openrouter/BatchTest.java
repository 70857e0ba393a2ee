package io.keycoord.sdk.openrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.sdk.FaultClass;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.openrouter.BatchResult.Completed;
import io.keycoord.sdk.openrouter.BatchResult.Failed;
import io.keycoord.simulator.Dialect;
import io.keycoord.simulator.Fault;
import io.keycoord.simulator.FaultKind;
import io.keycoord.simulator.Latency;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RedisExtension.class)
@Timeout(60)
class BatchTest {
    private static final CallOptions ONCE =
            CallOptions.standard().withMaxAttempts(1).withMaxWait(Duration.ofSeconds(20));

    private final TestRedis redis;
    private final ProviderSimulator provider = ProviderSimulator.start(SimulatorConfig.builder()
            .dialect(Dialect.OPENROUTER)
            .models(List.of("sim/chat"))
            .latency(Latency.uniform(Duration.ofMillis(50), Duration.ofMillis(150)))
            .account(account("a"))
            .account(account("b"))
            .build());
    private final RedisKeyCoordinator keys;
    private final OpenRouterClient chat;

    BatchTest(TestRedis redis) {
        this.redis = redis;
        redis.clear();
        this.keys = Keys.coordinator(redis, provider.baseUrl());
        this.chat = OpenRouterClient.create(keys, Keys.POOL, ONCE);
    }

    private static SimulatedAccount account(String id) {
        return SimulatedAccount.builder(id)
                .key(id + "1", "sim-secret-" + id + "1")
                .build();
    }

    @AfterEach
    void stop() {
        keys.close();
        provider.close();
    }

    private static List<ChatRequest> requests(int count) {
        return IntStream.range(0, count)
                .mapToObj(i ->
                        ChatRequest.of("sim/chat", "x".repeat(40 * i + 4)).withMaxTokens(5))
                .toList();
    }

    private void assertNothingHeld() {
        try (PoolInspector inspector = PoolInspector.connect(redis.uri().toString())) {
            assertThat(inspector.leases(Keys.POOL)).isEmpty();
        }
    }

    @Test
    void resultsStandInTheOrderOfTheRequests() {
        List<BatchResult> results = chat.completeAll(requests(20));

        assertThat(results)
                .extracting(BatchResult::index)
                .isEqualTo(IntStream.range(0, 20).boxed().toList());
        assertThat(results)
                .extracting(result -> result.orElseThrow().usage().orElseThrow().promptTokens())
                .isEqualTo(IntStream.range(0, 20).mapToObj(i -> 10L * i + 8).toList());
        assertThat(provider.stats().total().maxInFlight()).isBetween(2, 5);
        assertNothingHeld();
    }

    @Test
    void errorsAreAmongTheResults() {
        List<ChatRequest> requests = List.of(
                requests(1).get(0),
                ChatRequest.of("sim/chat", "x").withField("messages", 1),
                requests(1).get(0));

        List<BatchResult> results = chat.completeAll(requests, BatchOptions.maxConcurrent(2));

        assertThat(results.get(0)).isInstanceOf(Completed.class);
        assertThat(results.get(1))
                .isInstanceOfSatisfying(
                        Failed.class,
                        failed -> assertThat(failed.error())
                                .isInstanceOfSatisfying(
                                        RefusedException.class,
                                        refused -> assertThat(refused.fault()).isEqualTo(FaultClass.BAD_REQUEST)));
        assertThat(results.get(2)).isInstanceOf(Completed.class);
        assertThatThrownBy(results.get(1)::orElseThrow).isInstanceOf(RefusedException.class);
    }

    /** Refuses eight calls that are under way together; all others wait until they are let go. */
    private static final class Overloaded extends Dispatcher {
        private static final String REFUSAL = """
                {"error": {"code": 429, "message": "Provider returned error", "metadata":
                  {"provider_name": "P", "retry_after_seconds": 1}}}
                """;

        private final CyclicBarrier eight = new CyclicBarrier(8);
        private final CountDownLatch letGo = new CountDownLatch(1);
        private final AtomicInteger calls = new AtomicInteger();
        private final AtomicInteger underWay = new AtomicInteger();

        @Override
        public MockResponse dispatch(RecordedRequest request) throws InterruptedException {
            return calls.incrementAndGet() <= 8 ? refused() : answered();
        }

        private MockResponse refused() throws InterruptedException {
            try {
                eight.await(20, TimeUnit.SECONDS);
                return json(429, REFUSAL);
            } catch (BrokenBarrierException | TimeoutException e) {
                return json(500, "{}");
            }
        }

        private MockResponse answered() throws InterruptedException {
            underWay.incrementAndGet();
            boolean free = letGo.await(20, TimeUnit.SECONDS);
            underWay.decrementAndGet();
            return json(free ? 200 : 500, Scripted.ANSWER);
        }

        private static MockResponse json(int status, String body) {
            return new MockResponse.Builder()
                    .code(status)
                    .setHeader("Content-Type", "application/json")
                    .body(body)
                    .build();
        }
    }

    @Test
    void anOverloadHalvesTheCallsUnderWay() throws Exception {
        Overloaded overloaded = new Overloaded();
        try (Scripted scripted = new Scripted();
                RedisKeyCoordinator other = Keys.coordinator(redis, scripted.baseUrl())) {
            scripted.answersBy(overloaded);
            OpenRouterClient client = OpenRouterClient.create(other, Keys.POOL, ONCE);

            var batch = CompletableFuture.supplyAsync(
                    () -> client.completeAll(requests(16), BatchOptions.maxConcurrent(8)));

            await().during(Duration.ofMillis(700))
                    .atMost(Duration.ofSeconds(15))
                    .until(() -> overloaded.underWay.get() == 4);
            overloaded.letGo.countDown();
            List<BatchResult> results = batch.get(30, TimeUnit.SECONDS);
            assertThat(results.subList(0, 8))
                    .allSatisfy(result -> assertThat(result)
                            .isInstanceOfSatisfying(
                                    Failed.class,
                                    failed -> assertThat(failed.error().isOverload())
                                            .isTrue()));
            assertThat(results.subList(8, 16)).hasOnlyElementsOfType(Completed.class);
        }
    }

    @Test
    void anInterruptKeepsWhatWasAnswered() throws Exception {
        CompletableFuture<List<BatchResult>> ended = new CompletableFuture<>();
        CompletableFuture<Boolean> marked = new CompletableFuture<>();
        Thread batch = new Thread(() -> {
            ended.complete(chat.completeAll(requests(400), BatchOptions.maxConcurrent(2)));
            marked.complete(Thread.currentThread().isInterrupted());
        });
        batch.start();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> provider.stats().total().completed() >= 4);

        batch.interrupt();

        List<BatchResult> results = ended.get(30, TimeUnit.SECONDS);
        assertThat(marked.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(results).hasSize(400);
        assertThat(results.subList(0, 2)).hasOnlyElementsOfType(Completed.class);
        assertThat(results.get(399))
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.error()).isInstanceOf(TransportException.class));
        await().atMost(Duration.ofSeconds(30)).untilAsserted(this::assertNothingHeld);
    }

    @Test
    void nothingToAskIsAnsweredAtOnce() {
        assertThat(chat.completeAll(List.of())).isEmpty();
        assertThatThrownBy(() -> BatchOptions.maxConcurrent(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxConcurrent is 0, expected 1 to 512");
    }

    @Test
    void aCallWithoutWaitingEndsWithItsAnswer() {
        assertThat(chat.completeAsync(requests(1).get(0)).join().text()).startsWith("the");
    }

    @Test
    void aCallWithoutWaitingEndsWithWhatWentWrong() {
        provider.script(Fault.ofAll(FaultKind.INSUFFICIENT_CREDITS));

        CompletableFuture<ChatCompletion> later = chat.completeAsync(requests(1).get(0));

        assertThatThrownBy(later::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(RefusedException.class);
    }

    @Test
    void aCancelledCallGivesItsKeyBack() {
        provider.script(Fault.ofAll(FaultKind.SILENCE));
        CompletableFuture<ChatCompletion> later = chat.completeAsync(requests(1).get(0));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> provider.stats().total().requests() == 1);

        later.cancel(true);

        await().atMost(Duration.ofSeconds(30)).untilAsserted(this::assertNothingHeld);
    }
}
