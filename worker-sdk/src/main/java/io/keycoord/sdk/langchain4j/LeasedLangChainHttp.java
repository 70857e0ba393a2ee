package io.keycoord.sdk.langchain4j;

import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import java.time.Duration;
import java.util.Objects;
import okhttp3.OkHttpClient;

/**
 * Lets the models of LangChain4j send through an {@code OkHttpClient} of {@link io.keycoord.sdk.okhttp.LeasedHttp}:
 *
 * <pre>{@code
 * OpenAiChatModel.builder().httpClientBuilder(LeasedLangChainHttp.over(http)).maxRetries(0)…
 * }</pre>
 *
 * <p>The clients share the pool of connections, the dispatcher and the interceptors of that one. Their timeouts to connect
 * and to read are those of that one until somebody sets others, as the models of LangChain4j always do. A stream is read
 * in a thread of the dispatcher.
 *
 * <p>A builder is for one thread; the clients it builds are safe for use by many.
 */
public final class LeasedLangChainHttp implements HttpClientBuilder {
    private final OkHttpClient http;
    private Duration connectTimeout;
    private Duration readTimeout;

    private LeasedLangChainHttp(OkHttpClient http) {
        this.http = http;
        connectTimeout = Duration.ofMillis(http.connectTimeoutMillis());
        readTimeout = Duration.ofMillis(http.readTimeoutMillis());
    }

    /** A builder of clients that send through this one. */
    public static LeasedLangChainHttp over(OkHttpClient http) {
        return new LeasedLangChainHttp(Objects.requireNonNull(http, "http"));
    }

    /** How long connecting may take; zero for as long as it likes. */
    @Override
    public Duration connectTimeout() {
        return connectTimeout;
    }

    @Override
    public LeasedLangChainHttp connectTimeout(Duration timeout) {
        connectTimeout = Objects.requireNonNull(timeout, "timeout");
        return this;
    }

    /** How long the provider may be silent; zero for as long as it likes. */
    @Override
    public Duration readTimeout() {
        return readTimeout;
    }

    @Override
    public LeasedLangChainHttp readTimeout(Duration timeout) {
        readTimeout = Objects.requireNonNull(timeout, "timeout");
        return this;
    }

    @Override
    public HttpClient build() {
        return new LangChainClient(http.newBuilder()
                .connectTimeout(connectTimeout)
                .readTimeout(readTimeout)
                .build());
    }
}
