package io.keycoord.sdk.anthropic;

import com.anthropic.core.RequestOptions;
import com.anthropic.core.http.HttpClient;
import com.anthropic.core.http.HttpRequest;
import com.anthropic.core.http.HttpRequestBody;
import com.anthropic.core.http.HttpResponse;
import com.anthropic.errors.AnthropicIoException;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Response;

/**
 * Lets anthropic-java send through an {@code OkHttpClient} of {@link io.keycoord.sdk.okhttp.LeasedHttp}:
 *
 * <pre>{@code
 * new AnthropicClientImpl(ClientOptions.builder()
 *         .httpClient(LeasedAnthropicHttp.over(http)).baseUrl("https://api.anthropic.com").maxRetries(0).build())
 * }</pre>
 *
 * <p>No key is needed there: what would sign a call is below the HTTP client that this one takes the place of. Timeouts are
 * those of the {@code OkHttpClient}; the library's own are ignored, also those of a single call. Closing the library's
 * client leaves the {@code OkHttpClient} open.
 *
 * <p>Safe for use by many threads.
 */
public final class LeasedAnthropicHttp implements HttpClient {
    private final OkHttpClient http;

    private LeasedAnthropicHttp(OkHttpClient http) {
        this.http = http;
    }

    /** A client that sends through this one. */
    public static LeasedAnthropicHttp over(OkHttpClient http) {
        return new LeasedAnthropicHttp(Objects.requireNonNull(http, "http"));
    }

    /**
     * Sends a request and returns the answer, whatever its status; it is to be closed.
     *
     * @throws AnthropicIoException if there is no answer, or no key
     */
    @Override
    public HttpResponse execute(HttpRequest request, RequestOptions options) {
        try {
            return new LeasedResponse(http.newCall(Requests.of(request)).execute());
        } catch (IOException e) {
            throw failure(e);
        } finally {
            request.body().ifPresent(HttpRequestBody::close);
        }
    }

    /** The same without waiting for it; cancelling the future cancels the call. */
    @Override
    public CompletableFuture<HttpResponse> executeAsync(HttpRequest request, RequestOptions options) {
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        Call call = http.newCall(Requests.of(request));
        call.enqueue(new Completion(answer));
        CompletableFuture<HttpResponse> unused = answer.whenComplete((response, failure) -> {
            if (answer.isCancelled()) {
                call.cancel();
            }
            request.body().ifPresent(HttpRequestBody::close);
        });
        return answer;
    }

    private static AnthropicIoException failure(IOException e) {
        return new AnthropicIoException("Request failed", e);
    }

    /** Does nothing: the {@code OkHttpClient} is not this one's. */
    @Override
    public void close() {}

    private record Completion(CompletableFuture<HttpResponse> answer) implements Callback {
        @Override
        public void onFailure(Call call, IOException e) {
            answer.completeExceptionally(failure(e));
        }

        @Override
        public void onResponse(Call call, Response response) {
            if (!answer.complete(new LeasedResponse(response))) {
                response.close();
            }
        }
    }
}
