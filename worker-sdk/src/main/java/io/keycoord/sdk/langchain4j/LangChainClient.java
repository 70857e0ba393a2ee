package io.keycoord.sdk.langchain4j;

import static dev.langchain4j.http.client.sse.ServerSentEventListenerUtils.ignoringExceptions;

import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Response;

/** LangChain4j's calls over OkHttp. Whatever ends a call closes its answer, and with it the lease. */
final class LangChainClient implements HttpClient {
    private final OkHttpClient http;

    LangChainClient(OkHttpClient http) {
        this.http = http;
    }

    @Override
    public SuccessfulHttpResponse execute(HttpRequest request) {
        try (Response response = http.newCall(Requests.of(request)).execute()) {
            if (!response.isSuccessful()) {
                throw refusal(response);
            }
            return head(response).body(response.body().bytes()).build();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    @Override
    public void execute(HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
        http.newCall(Requests.of(request)).enqueue(new Callback() {
            @Override
            public void onFailure(Call call, IOException e) {
                ignoringExceptions(() -> listener.onError(failure(e)));
            }

            @Override
            public void onResponse(Call call, Response response) {
                try (response) {
                    stream(response, parser, listener);
                } catch (RuntimeException e) {
                    ignoringExceptions(() -> listener.onError(e));
                }
            }
        });
    }

    private static void stream(Response response, ServerSentEventParser parser, ServerSentEventListener listener) {
        if (!response.isSuccessful()) {
            RuntimeException refusal = refusalOrFailure(response);
            ignoringExceptions(() -> listener.onError(refusal));
            return;
        }
        ignoringExceptions(() -> listener.onOpen(head(response).build()));
        parser.parse(response.body().byteStream(), listener);
        ignoringExceptions(listener::onClose);
    }

    private static RuntimeException refusalOrFailure(Response response) {
        try {
            return refusal(response);
        } catch (IOException e) {
            return failure(e);
        }
    }

    private static HttpException refusal(Response response) throws IOException {
        return new HttpException(response.code(), response.body().string());
    }

    /** A timeout is told apart because LangChain4j has an exception for it. */
    private static RuntimeException failure(IOException e) {
        return e instanceof InterruptedIOException ? new TimeoutException(e) : new UncheckedIOException(e);
    }

    private static SuccessfulHttpResponse.Builder head(Response response) {
        return SuccessfulHttpResponse.builder()
                .statusCode(response.code())
                .headers(response.headers().toMultimap());
    }
}
