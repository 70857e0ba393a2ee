package io.keycoord.sdk.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpMethod;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LangChainClientTest {
    private final MockWebServer server = new MockWebServer();
    private final LeasedLangChainHttp builder = LeasedLangChainHttp.over(new OkHttpClient());

    @BeforeEach
    void start() throws IOException {
        server.start(InetAddress.getLoopbackAddress(), 0);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HttpRequest.Builder request(HttpMethod method) {
        return HttpRequest.builder().method(method).url("http://127.0.0.1:" + server.getPort() + "/v1/files");
    }

    private String sentBody(HttpRequest request) throws InterruptedException {
        server.enqueue(new MockResponse.Builder().code(200).body("{}").build());
        builder.build().execute(request);
        RecordedRequest sent = server.takeRequest();
        return sent.getHeaders() + "\n"
                + (sent.getBody() == null ? "" : sent.getBody().utf8());
    }

    @Test
    void textGoesOutAsItIsWithItsHeaders() throws InterruptedException {
        HttpRequest request = request(HttpMethod.POST)
                .addHeader("Content-Type", "application/json")
                .addHeader("X-Two", "a", "b")
                .body("{\"a\":\"\u00e9\"}")
                .build();

        assertThat(sentBody(request))
                .contains("Content-Type: application/json\n", "X-Two: a\nX-Two: b\n", "{\"a\":\"\u00e9\"}");
    }

    @Test
    void aFormGoesOutInParts() throws InterruptedException {
        HttpRequest request = request(HttpMethod.POST)
                .addFormDataField("purpose", "batch")
                .addFormDataFile("file", "lines.jsonl", "text/plain", "one".getBytes(StandardCharsets.UTF_8))
                .build();

        assertThat(sentBody(request))
                .contains("Content-Type: multipart/form-data; boundary=")
                .contains("name=\"purpose\"", "batch", "filename=\"lines.jsonl\"", "Content-Type: text/plain", "one");
    }

    @Test
    void onlyAPostHasABodyWithoutBeingGivenOne() throws InterruptedException {
        assertThat(sentBody(request(HttpMethod.POST).build())).contains("Content-Length: 0");
        assertThat(sentBody(request(HttpMethod.GET).build())).doesNotContain("Content-Length");
    }

    @Test
    void anAnswerKeepsItsHeadersAndBytes() {
        server.enqueue(new MockResponse.Builder()
                .code(201)
                .setHeader("X-Id", "7")
                .body("text")
                .build());

        SuccessfulHttpResponse answer =
                builder.build().execute(request(HttpMethod.GET).build());

        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(answer.headers()).containsKey("x-id");
        assertThat(answer.body()).isEqualTo("text");
    }

    @Test
    void aRefusalHasItsStatusAndBody() {
        server.enqueue(new MockResponse.Builder().code(429).body("slow down").build());
        HttpClient http = builder.build();

        assertThatExceptionOfType(HttpException.class)
                .isThrownBy(() -> http.execute(request(HttpMethod.GET).build()))
                .withMessage("slow down")
                .satisfies(refusal -> assertThat(refusal.statusCode()).isEqualTo(429));
    }

    @Test
    void aSilentProviderIsATimeoutAndAnAbsentOneIsNot() {
        HttpClient http = builder.readTimeout(Duration.ofMillis(100)).build();
        HttpRequest request = request(HttpMethod.GET).build();

        assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> http.execute(request));

        server.close();
        assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> http.execute(request));
    }
}
