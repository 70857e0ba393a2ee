package io.keycoord.sdk.okhttp;

import io.keycoord.ApiSecret;
import io.keycoord.sdk.SecretFreeFailures;
import io.keycoord.sdk.provider.Dialect;
import java.io.IOException;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Signs a leased request with its key, as the last thing before the wire, so that no other interceptor, no redirect and
 * no answer handed to the caller carries the secret, and only for the place that its lease is meant for. A network interceptor.
 */
final class SigningInterceptor implements Interceptor {
    private static final String RETRY_AFTER = "Retry-After";

    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        Attempt attempt = request.tag(Attempt.class);
        if (attempt == null) {
            return chain.proceed(request);
        }
        attempt.refresh();
        Destination destination = attempt.destination();
        boolean isThere = destination.address().covers(request.url());
        Request signed = isThere
                ? signed(request, attempt, destination)
                : bare(request, destination).build();
        attempt.markSent();
        Response sent = isThere ? proceed(chain, signed, attempt) : chain.proceed(signed);
        Response response = sent.newBuilder().request(request).build();
        DataWait.afterHeaders(chain, response, attempt.readTimeoutMillis());
        return withoutSilentResend(response, attempt);
    }

    private static Response proceed(Chain chain, Request signed, Attempt attempt) throws IOException {
        try {
            return chain.proceed(signed);
        } catch (IOException e) {
            throw SecretFreeFailures.of(e, attempt.lease().secret().reveal()).orElse(e);
        }
    }

    private static Request signed(Request request, Attempt attempt, Destination destination) {
        Request.Builder builder = bare(request, destination).url(bare(request.url()));
        destination.calls().pool().headers().forEach((name, value) -> {
            if (request.header(name) == null) {
                builder.header(name, value);
            }
        });
        ApiSecret secret = attempt.lease().secret();
        UsedSecrets used = request.tag(UsedSecrets.class);
        if (used != null) {
            used.add(secret);
        }
        Dialect dialect = destination.calls().dialect();
        return builder.header(dialect.credentialHeader(), dialect.credentialPrefix() + secret.reveal())
                .build();
    }

    private static Request.Builder bare(Request request, Destination destination) {
        Request.Builder builder = request.newBuilder();
        destination.stripped().forEach(builder::removeHeader);
        return builder;
    }

    private static HttpUrl bare(HttpUrl url) {
        String query = url.encodedQuery();
        return query == null
                ? url
                : url.newBuilder()
                        .encodedQuery(Dialect.withoutCredentials(query).orElse(null))
                        .build();
    }

    /** OkHttp resends by itself after a 503 with {@code Retry-After: 0}, whatever its settings. */
    private static Response withoutSilentResend(Response response, Attempt attempt) {
        String retryAfter = response.header(RETRY_AFTER);
        if (response.code() != 503 || retryAfter == null) {
            return response;
        }
        attempt.holdBackRetryAfter(retryAfter);
        return response.newBuilder().removeHeader(RETRY_AFTER).build();
    }
}
