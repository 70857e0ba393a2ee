package io.keycoord.sdk.okhttp;

import io.keycoord.ApiSecret;
import io.keycoord.PoolInfo;
import io.keycoord.sdk.provider.Dialect;
import java.io.IOException;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Signs a leased request with its key, as the last thing before the wire, so that no other interceptor, no redirect and
 * no answer handed to the caller carries the secret. A network interceptor.
 */
final class SigningInterceptor implements Interceptor {
    private static final String RETRY_AFTER = "Retry-After";

    private final PoolAddress address;
    private final PoolInfo pool;
    private final Dialect dialect;

    SigningInterceptor(PoolAddress address, PoolInfo pool, Dialect dialect) {
        this.address = address;
        this.pool = pool;
        this.dialect = dialect;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        Attempt attempt = request.tag(Attempt.class);
        if (attempt == null) {
            return chain.proceed(request);
        }
        attempt.refresh();
        Request signed = address.covers(request.url())
                ? signed(request, attempt)
                : bare(request).build();
        attempt.markSent();
        Response response = chain.proceed(signed).newBuilder().request(request).build();
        return withoutSilentResend(response, attempt);
    }

    private Request signed(Request request, Attempt attempt) {
        Request.Builder builder = bare(request);
        pool.headers().forEach((name, value) -> {
            if (request.header(name) == null) {
                builder.header(name, value);
            }
        });
        ApiSecret secret = attempt.lease().secret();
        UsedSecrets used = request.tag(UsedSecrets.class);
        if (used != null) {
            used.add(secret);
        }
        return builder.header(dialect.credentialHeader(), dialect.credentialPrefix() + secret.reveal())
                .build();
    }

    private Request.Builder bare(Request request) {
        Request.Builder builder = request.newBuilder().removeHeader(dialect.credentialHeader());
        Dialect.CREDENTIAL_HEADERS.forEach(builder::removeHeader);
        return builder;
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
