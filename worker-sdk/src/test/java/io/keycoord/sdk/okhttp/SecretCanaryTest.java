package io.keycoord.sdk.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import io.keycoord.ApiSecret;
import io.keycoord.sdk.call.CallOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.stream.Collectors;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SecretCanaryTest {
    private final String secret = "sk-canary-" + HexFormat.of().formatHex(new SecureRandom().generateSeed(12));
    private final Provider provider = new Provider();
    private final FakeCoordinator keys = new FakeCoordinator(
            "openai", provider.baseUrl(), new FakeCoordinator.FakeKey("a1", "a", ApiSecret.of(secret)));
    private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    private final Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final StringBuilder seen = new StringBuilder();

    @BeforeEach
    void listen() {
        log.start();
        root.addAppender(log);
        root.setLevel(Level.TRACE);
    }

    @AfterEach
    void stop() {
        root.detachAppender(log);
        root.setLevel(Level.WARN);
        provider.close();
    }

    @Test
    void secretIsInNoLogNoExceptionAndNoText() throws Exception {
        String echo = "{\"error\":{\"message\":\"Incorrect API key provided: " + secret + "\",\"code\":\"%s\"}}";
        provider.answers(401, echo.formatted("invalid_api_key"))
                .answers(403, echo.formatted("x"))
                .answers(429, echo.formatted("rate_limit_exceeded"), "retry-after", "3600")
                .answers(400, echo.formatted("y"))
                .succeeds();
        provider.server.enqueue(new MockResponse.Builder()
                .onResponseStart(SocketEffect.ShutdownConnection.INSTANCE)
                .build());
        OkHttpClient http = LeasedHttp.newClient(
                keys, FakeCoordinator.POOL, CallOptions.standard().withMaxAttempts(1));

        for (int i = 0; i < 6; i++) {
            call(http);
        }

        keys.outcomes().forEach(seen::append);
        keys.requests.forEach(seen::append);
        assertThat(provider.server.getRequestCount()).isEqualTo(6);
        assertThat(provider.taken().getHeaders().get("Authorization")).isEqualTo("Bearer " + secret);
        assertThat(logged()).contains("key a1: OA1 KEY_INVALID");
        assertThat(logged()).doesNotContain(secret);
        assertThat(seen).contains("KEY_FAILED").doesNotContain(secret);
    }

    private void call(OkHttpClient http) {
        try (Response response = http.newCall(provider.chat()).execute()) {
            seen.append(response).append(response.request()).append(response.headers());
            seen.append(response.request().headers()).append(response.networkResponse());
        } catch (IOException e) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            seen.append(trace);
        }
    }

    private String logged() {
        return log.list.stream()
                .map(event -> event.getFormattedMessage() + text(event.getThrowableProxy()))
                .collect(Collectors.joining("\n"));
    }

    private static String text(@Nullable IThrowableProxy thrown) {
        return thrown == null ? "" : thrown.getClassName() + thrown.getMessage() + text(thrown.getCause());
    }
}
