package io.keycoord.console.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keycoord.KeyCoordinator;
import io.keycoord.LeaseRequest;
import io.keycoord.PoolInfo;
import io.keycoord.sdk.okhttp.LeasedHttp;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the calls of a worker, as any program with an {@code OkHttpClient} would. Safe for use by many threads. */
final class Caller {
    private static final Logger log = LoggerFactory.getLogger(Caller.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final MediaType MEDIA = MediaType.get("application/json");
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** Notes when a call was sent. */
    private static final class Sent {
        volatile long nanos;
        volatile boolean known;
    }

    /**
     * How a call went.
     *
     * @param status of the answer; 0 for none
     * @param sent whether it was sent at all
     * @param sentNanos when, the last time, by {@link System#nanoTime}
     */
    record Result(int status, boolean sent, long sentNanos) {}

    private final OkHttpClient http;
    private final String url;

    Caller(KeyCoordinator keys) {
        PoolInfo pool = keys.pool(DemoPool.ID);
        this.url = pool.baseUrl() + "/chat/completions";
        this.http = LeasedHttp.configure(new OkHttpClient.Builder(), keys, DemoPool.ID)
                .callTimeout(PATIENCE)
                .addNetworkInterceptor(Caller::note)
                .build();
    }

    private static Response note(Interceptor.Chain chain) throws IOException {
        Sent sent = chain.request().tag(Sent.class);
        if (sent != null) {
            sent.nanos = System.nanoTime();
            sent.known = true;
        }
        return chain.proceed(chain.request());
    }

    Result call(DemandStream.Item item) {
        Sent sent = new Sent();
        Request request = new Request.Builder()
                .url(url)
                .post(RequestBody.create(body(item), MEDIA))
                .tag(Sent.class, sent)
                .build();
        int status = 0;
        try (Response response = http.newCall(request).execute()) {
            response.body().bytes();
            status = response.code();
        } catch (IOException e) {
            log.info("call {} failed: {}", item.number(), e.toString());
        }
        return new Result(status, sent.known, sent.nanos);
    }

    /**
     * Loads what a first call loads, so that the demand does not wait for it: a request to another place than the
     * pool's is not leased, and a lease that is not used is given back.
     */
    void warmUp(KeyCoordinator keys) throws IOException {
        Request request = new Request.Builder()
                .url(Objects.requireNonNull(HttpUrl.get(url).resolve("/__stats")))
                .build();
        try (Response response = http.newCall(request).execute()) {
            response.body().bytes();
        }
        body(new DemandStream.Item(0, 0, 0, 1, false));
        keys.acquire(LeaseRequest.of(DemoPool.ID).withModel(DemoPool.MODEL).withTokens(1, 1))
                .close();
    }

    /** Ends the calls that are still under way. */
    void cancel() {
        http.dispatcher().cancelAll();
    }

    private static String body(DemandStream.Item item) {
        ObjectNode body = JSON.createObjectNode();
        body.put("model", DemoPool.MODEL).put("max_tokens", item.maxTokens()).put("stream", item.stream());
        body.putArray("messages").addObject().put("role", "user").put("content", prompt(item));
        return body.toString();
    }

    private static String prompt(DemandStream.Item item) {
        String start = item.number() + ": ";
        return start + "x".repeat(Math.max(0, item.promptChars() - start.length()));
    }
}
