package io.keycoord.sdk;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.keycoord.sdk.jdk.LeasedHttpClient;
import io.keycoord.sdk.okhttp.FakeCoordinator;
import io.keycoord.sdk.okhttp.LeasedHttp;
import io.keycoord.sdk.okhttp.Provider;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** A credential that a caller has put into the address goes neither with our lease nor into a log. */
class CredentialParameterTest {
    private static final String PATH = "/models/m:streamGenerateContent";

    private final Provider provider = new Provider();
    private final FakeCoordinator keys = new FakeCoordinator("gemini", provider.baseUrl(), key("a1", "a"));
    private final Logger root =
            ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "?key=callers-own | ''",
                "?alt=sse&key=callers-own&x=%2B%20a | ?alt=sse&x=%2B%20a",
                "?KEY=callers-own&alt=sse | ?alt=sse",
                "?k%65y=callers-own&key=callers-own | ''",
                "?access_token=callers-own&alt=sse&api_key=callers-own&api-key=callers-own | ?alt=sse",
                "?monkey=mine&keys=1&alt | ?monkey=mine&keys=1&alt",
                "?%zz=1&key=callers-own | ?%zz=1",
                "?alt=sse#key | ?alt=sse"
            })
    void itGoesNowhere(String query, String sent) throws Exception {
        provider.answers(401, "{\"error\":{\"code\":401,\"message\":\"no\"}}").answers(400, "{}");

        callOverOkHttp(query);
        boolean isUri = !query.contains("%zz");
        if (isUri) {
            callOverTheJdk(query);
        }

        assertThat(provider.taken().getTarget()).isEqualTo("/api/v1" + PATH + sent);
        if (isUri) {
            assertThat(provider.taken().getTarget()).isEqualTo("/api/v1" + PATH + sent);
        }
        assertThat(log.list.stream().map(ILoggingEvent::getFormattedMessage))
                .isNotEmpty()
                .noneMatch(line -> line.contains("callers-own"));
    }

    private void callOverOkHttp(String query) throws Exception {
        Request request = new Request.Builder()
                .url(provider.baseUrl() + PATH + query)
                .post(RequestBody.create("{}", null))
                .build();
        try (Response response = LeasedHttp.newClient(keys, FakeCoordinator.POOL)
                .newCall(request)
                .execute()) {
            assertThat(response.request().url()).isEqualTo(request.url());
        }
    }

    private void callOverTheJdk(String query) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(provider.baseUrl() + PATH + query))
                .POST(BodyPublishers.ofString("{}"))
                .build();
        var response = LeasedHttpClient.of(HttpClient.newHttpClient(), keys, FakeCoordinator.POOL)
                .send(request, BodyHandlers.ofString());
        assertThat(response.request().uri()).isEqualTo(request.uri());
    }
}
