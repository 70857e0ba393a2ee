package io.keycoord.sdk.openrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.keycoord.ApiSecret;
import io.keycoord.SecretSource;
import io.keycoord.sdk.FaultClass;
import io.keycoord.sdk.okhttp.JsonAnswer;
import io.keycoord.sdk.okhttp.SignedCalls;
import io.keycoord.sdk.provider.Dialect;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OpenRouterKeysTest {
    private static final String REFERENCE = "test:management";
    private static final SecretSource SECRETS = reference ->
            Optional.of(reference).filter(REFERENCE::equals).map(found -> ApiSecret.of("sk-or-v1-secret-of-manager"));
    private static final String CALL =
            "{\"model\":\"sim/chat\",\"max_tokens\":40,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";

    private final ProviderSimulator provider = ProviderSimulator.start(SimulatorConfig.builder()
            .account(SimulatedAccount.builder("team")
                    .key("k1", "sim-secret-k1")
                    .managementKey("sk-or-v1-secret-of-manager")
                    .build())
            .build());
    private final Scripted scripted = new Scripted();
    private final OpenRouterKeys keys = OpenRouterKeys.of(provider.baseUrl(), SECRETS, REFERENCE);
    private final OpenRouterKeys ofScripted = OpenRouterKeys.of(scripted.baseUrl(), SECRETS, REFERENCE);

    @AfterEach
    void stop() {
        keys.close();
        ofScripted.close();
        scripted.close();
        provider.close();
    }

    private int call(ApiSecret secret) throws IOException {
        try (SignedCalls calls = new SignedCalls(
                        provider.baseUrl(), Dialect.of("openrouter"), Map.of(), Duration.ofSeconds(10));
                JsonAnswer answer = calls.call(
                        "POST", "chat/completions", Map.of(), CALL.getBytes(StandardCharsets.UTF_8), secret)) {
            answer.body().readAllBytes();
            return answer.status();
        }
    }

    @Test
    void aKeyThatWasMadeWorksUntilItsLimitIsSpent() throws Exception {
        CreatedKey made = keys.create(KeySettings.named("batch").withLimit(new BigDecimal("0.00001")));
        ApiSecret secret = made.takeSecret();

        assertThat(call(secret)).isEqualTo(200);
        assertThat(call(secret)).isIn(200, 403);
        assertThat(call(secret)).isIn(200, 403);
        int last = 200;
        for (int i = 0; i < 20 && last == 200; i++) {
            last = call(secret);
        }
        assertThat(last).isEqualTo(403);
        assertThat(keys.get(made.key().hash()).limitRemaining().orElseThrow()).isZero();

        keys.update(made.key().hash(), KeySettings.none().withLimit(BigDecimal.ONE));
        assertThat(call(secret)).isEqualTo(200);
        keys.update(made.key().hash(), KeySettings.none().withDisabled(true));
        assertThat(call(secret)).isEqualTo(401);
        keys.delete(made.key().hash());
        assertThat(keys.list()).isEmpty();
        assertThat(call(secret)).isEqualTo(401);
    }

    @Test
    void everythingThatIsSaidOfANewKeyIsKept() {
        ManagedKey key = keys.create(KeySettings.named("nightly")
                        .withLimit(new BigDecimal("12.5"))
                        .withLimitReset(LimitReset.WEEKLY)
                        .withIncludeByokInLimit(true)
                        .withExpiresAt(Instant.parse("2027-01-01T00:00:00Z")))
                .key();

        assertThat(keys.get(key.hash())).isEqualTo(key);
        assertThat(key.name()).isEqualTo("nightly");
        assertThat(key.limit().orElseThrow()).isEqualByComparingTo("12.5");
        assertThat(key.limitReset()).contains(LimitReset.WEEKLY);
        assertThat(key.includeByokInLimit()).isTrue();
        assertThat(key.expiresAt()).contains(Instant.parse("2027-01-01T00:00:00Z"));
        assertThat(key.createdAt()).isPresent();
        assertThat(key.disabled()).isFalse();

        ManagedKey changed = keys.update(
                key.hash(),
                KeySettings.none().withoutLimit().withoutLimitReset().withField("name", "daily"));
        assertThat(changed.limit()).isEmpty();
        assertThat(changed.limitReset()).isEmpty();
        assertThat(changed.name()).isEqualTo("daily");
        assertThat(changed.includeByokInLimit()).as("what was not said").isTrue();
    }

    @Test
    void allPagesAreRead() {
        List<String> made = IntStream.range(0, 203)
                .mapToObj(i -> keys.create(KeySettings.named("k" + i)).key().hash())
                .toList();

        assertThat(keys.list()).extracting(ManagedKey::hash).containsExactlyElementsOf(made);
        assertThat(keys.list(200)).hasSize(3);
    }

    @Test
    void theSecretIsHandedOutOnceAndShownNowhere() {
        CreatedKey made = keys.create(KeySettings.named("k"));
        assertThat(made.toString()).doesNotContain("sk-or");

        String secret = made.takeSecret().reveal();

        assertThat(secret).startsWith("sk-or-v1-sim-");
        assertThat(made.toString() + made.key()).doesNotContain(secret);
        assertThatThrownBy(made::takeSecret)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("was taken already")
                .message()
                .doesNotContain(secret);
    }

    @Test
    void refusalsAreTypedAndHoldNoKey() {
        scripted.json(401, "{\"error\":{\"code\":401,\"message\":\"User not found: sk-or-v1-secret-of-manager\"}}");
        RefusedException refused =
                catchThrowableOfType(RefusedException.class, () -> ofScripted.create(KeySettings.named("k")));
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.fault()).isEqualTo(FaultClass.KEY_INVALID);
        assertThat(refused.toString() + refused.providerMessage()).doesNotContain("secret-of");

        assertThatThrownBy(() -> keys.get("f".repeat(64)))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.status()).isEqualTo(404));
        scripted.json(200, "<html>");
        assertThatThrownBy(ofScripted::list).isInstanceOf(TransportException.class);
        scripted.json(201, "{\"data\":{\"hash\":\"h1\"}}");
        assertThatThrownBy(() -> ofScripted.create(KeySettings.named("k")))
                .isInstanceOf(TransportException.class)
                .hasMessage("key h1 was made, and its secret not told");
    }

    @Test
    void theManagementKeyFollowsNoRedirect() throws Exception {
        try (Scripted elsewhere = new Scripted()) {
            scripted.answers(new mockwebserver3.MockResponse.Builder()
                    .code(302)
                    .setHeader("Location", elsewhere.baseUrl() + "/keys"));

            assertThatThrownBy(ofScripted::list)
                    .isInstanceOfSatisfying(
                            RefusedException.class, e -> assertThat(e.status()).isEqualTo(302));

            assertThat(elsewhere.calls()).isZero();
            RecordedRequest sent = scripted.taken();
            assertThat(sent.getTarget()).isEqualTo("/api/v1/keys?offset=0");
            assertThat(sent.getHeaders().get("Authorization")).isEqualTo("Bearer sk-or-v1-secret-of-manager");
        }
    }

    @Test
    void theManagementKeyIsAskedForWhenItIsNeeded() {
        SecretSource broken = reference -> {
            throw new IllegalStateException("no access with token secret-of-vault");
        };
        try (OpenRouterKeys none = OpenRouterKeys.of(scripted.baseUrl(), SECRETS, "test:other");
                OpenRouterKeys failing = OpenRouterKeys.of(scripted.baseUrl(), broken, REFERENCE)) {
            assertThatThrownBy(none::list)
                    .isInstanceOf(TransportException.class)
                    .hasMessage("not sent: the management key is not here");
            assertThatThrownBy(failing::list)
                    .isInstanceOf(TransportException.class)
                    .hasMessage("not sent: the management key could not be asked for (IllegalStateException)")
                    .hasNoCause();
            assertThat(scripted.calls()).isZero();
        }
    }

    @Test
    void nonsenseIsRefusedBeforeItIsSent() {
        assertThatThrownBy(() -> keys.get("../credits"))
                .hasMessageContaining("hash has 10 characters, expected 1 to 128");
        assertThatThrownBy(() -> keys.list(-1)).hasMessage("offset is -1, expected 0 or more");
        assertThatThrownBy(() -> KeySettings.named(" ")).hasMessageContaining("name is blank");
        assertThatThrownBy(() -> KeySettings.none().withLimit(new BigDecimal("-1")))
                .hasMessage("limit is -1, expected 0 or more");
    }
}
