package io.keycoord.console.batch;

import io.keycoord.KeyUnavailableException;
import io.keycoord.StoreUnavailableException;
import io.keycoord.console.batch.Frame.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import okhttp3.Call;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** Makes the calls of a worker, each on the thread that asks. Safe for use by many threads. */
final class ChatCaller {
    private static final MediaType JSON = MediaType.get("application/json");

    private final OkHttpClient http;
    private final HttpUrl endpoint;
    private final Supplier<CallTrace> traces;

    /**
     * Calls chat completions below a base URL.
     *
     * @param http leases, signs, repeats and settles
     * @param baseUrl the pool's
     * @param traces begins the trace of a call of this thread
     */
    ChatCaller(OkHttpClient http, HttpUrl baseUrl, Supplier<CallTrace> traces) {
        this.http = http;
        this.endpoint = baseUrl.newBuilder().addPathSegments("chat/completions").build();
        this.traces = traces;
    }

    /** Makes the call; whatever happens, it is an answer. */
    Frame.Answer call(Frame.Ask ask) {
        CallTrace trace = traces.get();
        try (Response response = newCall(ask).execute()) {
            String body = response.body().string();
            Judgement judgement = Judgement.of(response.code(), body, trace.last());
            return answer(ask, judgement, response.code(), requestId(response), body, trace);
        } catch (IOException e) {
            return answer(ask, judge(e), 0, null, "", trace);
        } catch (RuntimeException e) {
            Judgement bug = Judgement.failed(Verdict.HOPELESS, "internal_error", e.toString());
            return answer(ask, bug, 0, null, "", trace);
        }
    }

    /** Ends the calls under way, which fail. */
    void cancelAll() {
        http.dispatcher().cancelAll();
    }

    private Call newCall(Frame.Ask ask) {
        RequestBody body = RequestBody.create(ask.body().getBytes(StandardCharsets.UTF_8), JSON);
        Call call = http.newCall(new Request.Builder().url(endpoint).post(body).build());
        call.timeout().timeout(ask.deadlineMs(), TimeUnit.MILLISECONDS);
        return call;
    }

    private static Judgement judge(IOException failure) {
        if (failure.getCause() instanceof KeyUnavailableException denied) {
            return Judgement.of(denied);
        }
        if (failure.getCause() instanceof StoreUnavailableException store) {
            return Judgement.failed(Verdict.RETRY, "redis_unavailable", "" + store.getMessage());
        }
        if (failure.getCause() instanceof IllegalArgumentException refused) {
            return Judgement.failed(Verdict.HOPELESS, "invalid_request", "" + refused.getMessage());
        }
        return Judgement.of(failure);
    }

    private static @Nullable String requestId(Response response) {
        String id = response.header("x-request-id");
        return id != null ? id : response.header("x-generation-id");
    }

    private static Frame.Answer answer(
            Frame.Ask ask, Judgement judgement, int status, @Nullable String requestId, String body, CallTrace trace) {
        return new Frame.Answer(
                ask.line(),
                judgement.verdict(),
                status,
                requestId,
                judgement.verdict() == Verdict.ANSWERED ? body : "",
                judgement.code(),
                judgement.message(),
                judgement.retryAfter().toMillis(),
                trace.inputTokens(),
                trace.outputTokens(),
                trace.keys(),
                trace.kinds());
    }
}
