package io.keycoord.sdk.okhttp;

import java.io.InputStream;
import java.util.Map;
import okhttp3.Response;

/** What the provider answered to a {@link JsonCall}. Its lease ends when the body is read or closed. For one thread. */
public final class JsonAnswer implements AutoCloseable {
    private final Response response;
    private final UsedSecrets secrets;

    JsonAnswer(Response response, UsedSecrets secrets) {
        this.response = response;
        this.secrets = secrets;
    }

    public int status() {
        return response.code();
    }

    /** All headers, by names of any case; several values of one are joined by commas. */
    public Map<String, String> headers() {
        return Head.headers(response.headers());
    }

    /** {@code application/json}, without parameters, in lower case; empty if there is none. */
    public String mediaType() {
        return Head.mediaType(response);
    }

    /** The body as it comes; closing this answer closes it. */
    public InputStream body() {
        return response.body().byteStream();
    }

    /** The text without any secret that the call was signed with, and without what looks like one. */
    public String withoutSecrets(String text) {
        return secrets.removedFrom(text);
    }

    @Override
    public void close() {
        response.close();
    }

    @Override
    public String toString() {
        return "JsonAnswer[" + status() + " " + mediaType() + "]";
    }
}
