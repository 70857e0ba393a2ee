package io.keycoord.sdk.okhttp;

import io.keycoord.ApiSecret;
import io.keycoord.sdk.provider.Dialect;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import okhttp3.Authenticator;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/**
 * Calls below one base URL that take no lease, each signed with a secret at hand: for what a provider tells about keys and
 * accounts. Follows no redirect, repeats nothing, and sends no secret elsewhere. Safe for use by many threads.
 */
public final class SignedCalls implements AutoCloseable {
    private static final MediaType JSON = MediaType.get("application/json");

    private final Dialect dialect;
    private final Map<String, String> headers;
    private final PoolAddress address;
    private final HttpUrl base;
    private final OkHttpClient http;

    /**
     * Calls below a base URL.
     *
     * @param headers sent with each
     * @param perCall how long each may take in all, more than zero
     */
    public SignedCalls(URI baseUrl, Dialect dialect, Map<String, String> headers, Duration perCall) {
        this.dialect = dialect;
        this.headers = Map.copyOf(headers);
        this.address = new PoolAddress(baseUrl);
        this.base = HttpUrl.get(baseUrl.toString());
        this.http = new OkHttpClient.Builder()
                .followRedirects(false)
                .followSslRedirects(false)
                .retryOnConnectionFailure(false)
                .authenticator(Authenticator.NONE)
                .callTimeout(perCall)
                .build();
    }

    /**
     * Makes a call on this thread.
     *
     * @param path below the base URL, without a slash in front
     * @param query names and values
     * @param json the body; null for none
     * @return what the provider answered, whatever that is; to be closed
     * @throws java.io.InterruptedIOException if there was no answer in time
     * @throws IOException if there was no answer
     */
    public JsonAnswer call(
            String method, String path, Map<String, String> query, byte @Nullable [] json, ApiSecret secret)
            throws IOException {
        HttpUrl.Builder url = base.newBuilder().addPathSegments(path);
        query.forEach(url::addQueryParameter);
        UsedSecrets secrets = new UsedSecrets();
        secrets.add(secret);
        RequestBody body = json == null ? null : RequestBody.create(json, JSON);
        return new JsonAnswer(
                http.newCall(signed(url.build(), secret).method(method, body).build())
                        .execute(),
                secrets);
    }

    private Request.Builder signed(HttpUrl url, ApiSecret secret) {
        if (!address.covers(url)) {
            throw new IllegalStateException("a signed call goes elsewhere than below " + address);
        }
        Request.Builder request = new Request.Builder().url(url);
        headers.forEach(request::header);
        return request.header(dialect.credentialHeader(), dialect.credentialPrefix() + secret.reveal());
    }

    /** Ends all calls, whose callers get an {@link IOException}, and lets go of the connections. May be repeated. */
    @Override
    public void close() {
        http.dispatcher().cancelAll();
        http.connectionPool().evictAll();
    }
}
