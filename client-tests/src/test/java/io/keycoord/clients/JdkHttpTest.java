package io.keycoord.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.KeyCoordinator;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.sdk.jdk.LeasedHttpClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RedisExtension.class)
class JdkHttpTest {
    @Test
    void aRefusedCallMovesToTheOtherAccount(TestRedis redis) throws Exception {
        redis.clear();
        try (Stage stage = Stage.of(redis.uri(), "openrouter")) {
            KeyCoordinator keys = stage.keys();
            HttpClient jdk = LeasedHttpClient.of(HttpClient.newHttpClient(), keys, "llm");
            stage.refuseOnce();

            HttpResponse<String> response = jdk.send(
                    HttpRequest.newBuilder(URI.create(keys.pool("llm").baseUrl() + "/chat/completions"))
                            .header("Authorization", "Bearer " + Stage.PLACEHOLDER)
                            .POST(HttpRequest.BodyPublishers.ofString(
                                    "{\"model\":\"" + Stage.MODEL + "\",\"max_tokens\":" + Stage.MOST_TOKENS
                                            + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}"))
                            .build(),
                    BodyHandlers.ofString());

            assertThat(response.statusCode()).isEqualTo(200);
            stage.assertEachAccountWasAskedOnce();
            stage.assertServed(1);
        }
    }
}
