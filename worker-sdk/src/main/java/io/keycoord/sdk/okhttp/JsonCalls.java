package io.keycoord.sdk.okhttp;

import io.keycoord.KeyCoordinator;
import io.keycoord.Priority;
import io.keycoord.sdk.call.CallOptions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;

/**
 * Posts JSON below a pool's base URL with leased keys, for clients of an API that know nothing of OkHttp. Leases,
 * retries and settlements are those of {@link LeasedHttp}. Safe for use by many threads.
 */
public final class JsonCalls {
    private static final MediaType JSON = MediaType.get("application/json");

    private final OkHttpClient http;
    private final HttpUrl base;

    private JsonCalls(OkHttpClient http, HttpUrl base) {
        this.http = http;
        this.base = base;
    }

    /**
     * Calls of one pool.
     *
     * @throws IllegalArgumentException if the pool is not configured
     */
    public static JsonCalls of(KeyCoordinator keys, String pool, CallOptions options) {
        HttpUrl base = HttpUrl.get(keys.pool(pool).baseUrl().toString());
        return new JsonCalls(LeasedHttp.newClient(keys, pool, options), base);
    }

    /**
     * A call that is not made yet.
     *
     * @param path below the base URL, without a slash in front
     * @param json the body, not to be changed afterwards
     * @param priority empty for that of the options
     * @param affinity the session it belongs to; empty for none
     * @param timeout how long it may take in all, to the end of the answer; empty for as long as it takes
     */
    public JsonCall newCall(
            String path,
            byte[] json,
            Optional<Priority> priority,
            Optional<Affinity> affinity,
            Optional<Duration> timeout) {
        UsedSecrets secrets = new UsedSecrets();
        Request.Builder request = new Request.Builder()
                .url(base.newBuilder().addPathSegments(path).build())
                .post(RequestBody.create(json, JSON))
                .tag(UsedSecrets.class, secrets);
        priority.ifPresent(tag -> request.tag(Priority.class, tag));
        affinity.ifPresent(tag -> request.tag(Affinity.class, tag));
        Call call = http.newCall(request.build());
        timeout.ifPresent(most -> call.timeout().timeout(most.toNanos(), TimeUnit.NANOSECONDS));
        return new JsonCall(call, secrets);
    }
}
