package io.keycoord.sdk.anthropic;

import com.anthropic.core.http.Headers;
import com.anthropic.core.http.HttpResponse;
import java.io.InputStream;
import okhttp3.Response;

/** OkHttp's answer in the words of anthropic-java; its lease ends with it. */
final class LeasedResponse implements HttpResponse {
    private final Response response;
    private final Headers headers;

    LeasedResponse(Response response) {
        this.response = response;
        this.headers = Headers.builder().putAll(response.headers().toMultimap()).build();
    }

    @Override
    public int statusCode() {
        return response.code();
    }

    @Override
    public Headers headers() {
        return headers;
    }

    @Override
    public InputStream body() {
        return response.body().byteStream();
    }

    @Override
    public void close() {
        response.close();
    }
}
