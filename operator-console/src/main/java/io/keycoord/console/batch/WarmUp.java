package io.keycoord.console.batch;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a few calls to a server of this process before the first real one. A fresh Java machine needs half a second to
 * load what a call takes; a lease that is held for so long before its call is sent reaches the provider later than the
 * others, and the limits allow for little of that.
 */
final class WarmUp {
    private static final Logger log = LoggerFactory.getLogger(WarmUp.class);
    private static final int CALLS = 20;
    private static final byte[] ANSWER = "{\"choices\":[],\"usage\":{}}".getBytes(StandardCharsets.UTF_8);

    private WarmUp() {}

    /** Calls 127.0.0.1 with this client, to which any place but the pool's own is a stranger: no key is leased. */
    static void of(OkHttpClient http) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", exchange -> {
                exchange.getRequestBody().readAllBytes();
                exchange.sendResponseHeaders(200, ANSWER.length);
                exchange.getResponseBody().write(ANSWER);
                exchange.close();
            });
            server.start();
            try {
                call(http, "http://127.0.0.1:" + server.getAddress().getPort() + "/");
            } finally {
                server.stop(0);
            }
        } catch (IOException e) {
            log.info("no warm-up: {}", e.getMessage());
        }
    }

    private static void call(OkHttpClient http, String url) throws IOException {
        RequestBody body = RequestBody.create(ANSWER, MediaType.get("application/json"));
        for (int i = 0; i < CALLS; i++) {
            try (Response response = http.newCall(
                            new Request.Builder().url(url).post(body).build())
                    .execute()) {
                if (response.body().bytes().length != ANSWER.length) {
                    throw new IOException("a short answer");
                }
            }
        }
    }
}
