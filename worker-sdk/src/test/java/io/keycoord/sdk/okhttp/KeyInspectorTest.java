package io.keycoord.sdk.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.ApiSecret;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.Secrets;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.KeyInspector.Inspected;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.QueueDispatcher;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyInspectorTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String REPORT = "{\"data\":{\"label\":\"sk-...one\",\"limit\":20,\"limit_remaining\":12.5}}";

    private final Provider provider = new Provider();
    private volatile MockResponse credits = Provider.response(403, "{}").build();

    KeyInspectorTest() {
        provider.server.setDispatcher(new QueueDispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) throws InterruptedException {
                return request.getTarget().endsWith("/credits") ? credits : super.dispatch(request);
            }
        });
    }

    @AfterEach
    void stop() {
        provider.close();
    }

    private PoolConfig pool(String provided, URI baseUrl, String... keys) {
        AccountConfig[] accounts = Arrays.stream(keys)
                .map(key -> AccountConfig.of("account-" + key, KeyConfig.of(key, "test:" + key)))
                .toArray(AccountConfig[]::new);
        return PoolConfig.of("pool", provided, baseUrl, accounts).withHeaders(Map.of("X-Title", "test"));
    }

    private List<Inspected> inspect(String... keys) {
        Secrets secrets = Secrets.of(Map.of("one", "secret-of-one", "two", "secret-of-two"));
        return KeyInspector.of(pool("openrouter", provider.baseUrl(), keys), secrets)
                .inspect(MINUTE);
    }

    private Inspected inspectOne() {
        return inspect("one").get(0);
    }

    @Test
    void eachKeyIsAskedAboutWithItsOwnSecret() throws Exception {
        provider.answers(200, REPORT).answers(200, REPORT.replace("one", "two"));

        List<Inspected> keys = inspect("one", "two");

        assertThat(keys).extracting(Inspected::key).containsExactly("one", "two");
        assertThat(keys).extracting(Inspected::account).containsExactly("account-one", "account-two");
        assertThat(keys).allSatisfy(key -> assertThat(key.report()).isPresent());
        List<RecordedRequest> sent4 = List.of(provider.taken(), provider.taken(), provider.taken(), provider.taken());
        assertThat(sent4)
                .map(RecordedRequest::getTarget)
                .containsExactlyInAnyOrder("/api/v1/key", "/api/v1/key", "/api/v1/credits", "/api/v1/credits");
        assertThat(sent4)
                .allSatisfy(sent -> assertThat(sent.getHeaders().get("X-Title")).isEqualTo("test"))
                .map(sent -> sent.getHeaders().get("Authorization"))
                .containsExactlyInAnyOrder(
                        "Bearer secret-of-one", "Bearer secret-of-one", "Bearer secret-of-two", "Bearer secret-of-two");
    }

    @Test
    void moneyOfTheAccountIsTold() {
        provider.answers(200, REPORT);
        credits = Provider.response(200, "{\"data\":{\"total_credits\":50.0,\"total_usage\":41.25}}")
                .build();

        Inspected key = inspectOne();

        assertThat(key.credits().orElseThrow().balance()).isEqualByComparingTo("8.75");
        assertThat(key.problem()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 404})
    void moneyThatThisKeyIsNotToldIsNoProblem(int status) {
        provider.answers(200, REPORT);
        credits = Provider.response(status, "{}").build();

        Inspected key = inspectOne();

        assertThat(key.report()).isPresent();
        assertThat(key.credits()).isEmpty();
        assertThat(key.problem()).isEmpty();
    }

    @Test
    void moneyThatCannotBeAskedForIsAProblem() {
        provider.answers(200, REPORT).answers(200, REPORT);
        credits = Provider.response(500, "{}").build();
        assertThat(inspectOne().problem()).contains("of its credits: the provider answered 500");

        credits = Provider.response(200, "{\"data\":{\"total_credits\":50.0}}").build();
        Inspected key = inspectOne();
        assertThat(key.report()).isPresent();
        assertThat(key.problem()).contains("of its credits: the answer was not understood");
    }

    @Test
    void rulesOfYourOwnSayHowIsAsked(@TempDir Path folder) throws Exception {
        Path rules = Files.writeString(
                folder.resolve("rules.json"),
                "{\"extends\": \"openai\", \"credential\": {\"header\": \"api-key\"}, \"keyPaths\": [\"me\"]}");
        provider.answers(200, REPORT);

        List<Inspected> keys = KeyInspector.of(
                        pool("openai", provider.baseUrl(), "one"),
                        Secrets.of(Map.of("one", "secret-of-one")),
                        CallOptions.standard().withRules(rules))
                .inspect(MINUTE);

        assertThat(keys.get(0).report()).isPresent();
        RecordedRequest sent = provider.taken();
        assertThat(sent.getTarget()).isEqualTo("/api/v1/me");
        assertThat(sent.getHeaders().get("api-key")).isEqualTo("secret-of-one");
        assertThat(sent.getHeaders().get("Authorization")).isNull();
        assertThat(provider.server.getRequestCount()).as("no credits there").isEqualTo(1);
    }

    @Test
    void olderPathIsAskedIfTheNewOneIsNotThere() throws Exception {
        provider.answers(404, "{}").answers(200, REPORT);

        assertThat(inspectOne().report()).isPresent();

        assertThat(provider.taken().getTarget()).isEqualTo("/api/v1/key");
        assertThat(provider.taken().getTarget()).isEqualTo("/api/v1/auth/key");
    }

    @Test
    void refusalsAreValues() {
        provider.answers(401, "{\"error\":{\"message\":\"secret-of-one is wrong\"}}");
        assertThat(inspectOne().problem()).contains("the provider answered 401");

        provider.answers(404, "").answers(404, "");
        assertThat(inspectOne().problem()).contains("the provider answered 404 at key and auth/key");

        provider.answers(200, "<html>");
        assertThat(inspectOne().problem()).contains("the answer was not understood");
    }

    @Test
    void redirectIsNotFollowed() throws Exception {
        try (Provider elsewhere = new Provider()) {
            provider.answers(302, "", "Location", elsewhere.baseUrl() + "/key");

            assertThat(inspectOne().problem()).contains("the provider answered 302");

            assertThat(elsewhere.server.getRequestCount()).isZero();
        }
    }

    @Test
    void keyWithoutASecretHereIsNotAskedAbout() {
        Inspected key = inspect("unknown").get(0);

        assertThat(key.problem()).contains("not asked: its secret is not here");
        assertThat(provider.server.getRequestCount()).isZero();
    }

    @Test
    void sourceThatFailsIsAProblemOfItsKeyAndItsWordsAreKeptFromSight() {
        provider.answers(200, REPORT);
        Secrets vault = Secrets.of("test", reference -> {
            if (reference.equals("test:two")) {
                throw new IllegalStateException("no access with token secret-of-vault");
            }
            return Optional.of(ApiSecret.of("secret-of-one"));
        });

        List<Inspected> keys = KeyInspector.of(pool("openrouter", provider.baseUrl(), "one", "two"), vault)
                .inspect(MINUTE);

        assertThat(keys.get(0).report()).isPresent();
        assertThat(keys.get(1).problem())
                .contains("not asked: its secret could not be asked for (IllegalStateException)");
        assertThat(keys.toString()).doesNotContain("secret-of");
    }

    @Test
    void unreachableProviderIsAProblemOfEachKey() {
        URI nowhere = provider.baseUrl();
        provider.close();

        List<Inspected> keys = KeyInspector.of(
                        pool("openrouter", nowhere, "one"), Secrets.of(Map.of("one", "secret-of-one")))
                .inspect(MINUTE);

        assertThat(keys.get(0).problem()).contains("the provider could not be reached");
        assertThat(keys.toString()).doesNotContain("secret-of");
    }

    @Test
    void noMoreThanEightAreAskedAtOnceAndAllAreInOrder() {
        AtomicInteger atOnce = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        provider.server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                Thread.onSpinWait();
                atOnce.decrementAndGet();
                return Provider.response(200, REPORT).build();
            }
        });
        String[] ids = IntStream.range(0, 60).mapToObj(i -> "k" + i).toArray(String[]::new);
        PoolConfig pool = pool("openrouter", provider.baseUrl(), ids);

        List<Inspected> keys = KeyInspector.of(pool, reference -> Optional.of(ApiSecret.of("secret-of-" + reference)))
                .inspect(MINUTE);

        assertThat(keys).extracting(Inspected::key).containsExactly(ids);
        assertThat(keys).allSatisfy(key -> assertThat(key.report()).isPresent());
        assertThat(most.get()).isBetween(1, 8);
    }

    @Test
    void keysWhoseTurnDoesNotComeInTimeSaySo() {
        PoolConfig pool = pool("openrouter", provider.baseUrl(), "one");

        Inspected key = KeyInspector.of(pool, Secrets.of(Map.of("one", "secret-of-one")))
                .inspect(Duration.ofNanos(1))
                .get(0);

        assertThat(key.problem()).contains("not asked: no time was left");
        assertThat(provider.server.getRequestCount()).isZero();
    }

    @Test
    void providerThatTellsNothingAboutKeysIsRefused() {
        assertThatThrownBy(() -> KeyInspector.of(pool("openai", provider.baseUrl(), "one"), Secrets.of(Map.of())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the provider of pool pool is openai, which tells nothing about a key; expected openrouter");
    }
}
