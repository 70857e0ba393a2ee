package io.keycoord.sdk.jdk;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/** An answer as the caller sees it: to its own request, which has no secret. */
record LeasedResponse<T>(HttpResponse<?> answer, HttpRequest request, T body) implements HttpResponse<T> {

    /** What a body handler is told of an answer. */
    record Info(int statusCode, HttpHeaders headers, HttpClient.Version version) implements HttpResponse.ResponseInfo {
        static Info of(HttpResponse<?> answer) {
            return new Info(answer.statusCode(), answer.headers(), answer.version());
        }
    }

    @Override
    public int statusCode() {
        return answer.statusCode();
    }

    /** None: redirects are not followed. */
    @Override
    public Optional<HttpResponse<T>> previousResponse() {
        return Optional.empty();
    }

    @Override
    public HttpHeaders headers() {
        return answer.headers();
    }

    @Override
    public Optional<SSLSession> sslSession() {
        return answer.sslSession();
    }

    @Override
    public URI uri() {
        return answer.uri();
    }

    @Override
    public HttpClient.Version version() {
        return answer.version();
    }

    @Override
    public String toString() {
        return "(" + request.method() + " " + request.uri() + ") " + statusCode();
    }
}
