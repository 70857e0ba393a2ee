package io.keycoord.sdk.langchain4j;

import dev.langchain4j.http.client.HttpMethod;
import dev.langchain4j.http.client.HttpRequest;
import java.nio.charset.StandardCharsets;
import okhttp3.Headers;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/** LangChain4j's requests in the words of OkHttp. */
final class Requests {
    private Requests() {}

    static Request of(HttpRequest request) {
        Headers.Builder headers = new Headers.Builder();
        request.headers().forEach((name, values) -> values.forEach(value -> headers.add(name, value)));
        Headers all = headers.build();
        return new Request.Builder()
                .url(request.url())
                .headers(all)
                .method(request.method().name(), body(request, all.get("Content-Type")))
                .build();
    }

    private static @Nullable RequestBody body(HttpRequest request, @Nullable String type) {
        if (!request.formDataFields().isEmpty() || !request.formDataFiles().isEmpty()) {
            return form(request);
        }
        String text = request.body();
        if (text == null) {
            return request.method() == HttpMethod.POST ? RequestBody.create(new byte[0]) : null;
        }
        return RequestBody.create(text.getBytes(StandardCharsets.UTF_8), type == null ? null : MediaType.parse(type));
    }

    private static RequestBody form(HttpRequest request) {
        MultipartBody.Builder form = new MultipartBody.Builder().setType(MultipartBody.FORM);
        request.formDataFields().forEach(form::addFormDataPart);
        request.formDataFiles().forEach((name, file) -> {
            MediaType type = file.contentType() == null ? null : MediaType.parse(file.contentType());
            form.addFormDataPart(name, file.fileName(), RequestBody.create(file.content(), type));
        });
        return form.build();
    }
}
