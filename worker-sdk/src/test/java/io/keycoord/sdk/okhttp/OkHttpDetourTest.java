package io.keycoord.sdk.okhttp;

import io.keycoord.KeyCoordinator;
import io.keycoord.embedded.TestRedis;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.call.DetourTest;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;

class OkHttpDetourTest extends DetourTest {
    OkHttpDetourTest(TestRedis redis) {
        super(redis);
    }

    @Override
    protected Answer send(KeyCoordinator keys, String pool, CallOptions options, URI uri, String body, Duration timeout)
            throws Exception {
        OkHttpClient http = LeasedHttp.configure(new OkHttpClient.Builder().callTimeout(timeout), keys, pool, options)
                .build();
        Request request = new Request.Builder()
                .url(uri.toString())
                .post(RequestBody.create(body, Provider.JSON))
                .build();
        try (Response response = http.newCall(request).execute()) {
            return new Answer(response.code(), response.body().string());
        }
    }

    @Override
    protected Answer sendOnce(KeyCoordinator keys, String pool, CallOptions options, URI uri, byte[] body)
            throws Exception {
        RequestBody once = new RequestBody() {
            @Override
            public MediaType contentType() {
                return MediaType.get("application/octet-stream");
            }

            @Override
            public boolean isOneShot() {
                return true;
            }

            @Override
            public long contentLength() {
                return body.length;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                sink.write(body);
            }
        };
        Request request = new Request.Builder().url(uri.toString()).post(once).build();
        OkHttpClient http = LeasedHttp.newClient(keys, pool, options);
        try (Response response = http.newCall(request).execute()) {
            return new Answer(response.code(), response.body().string());
        }
    }
}
