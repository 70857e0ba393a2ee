package io.keycoord.clients;

import static io.keycoord.clients.Stage.MODEL;
import static io.keycoord.clients.Stage.MOST_TOKENS;
import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import io.keycoord.KeyCoordinator;
import io.keycoord.sdk.okhttp.LeasedHttp;
import java.io.IOException;
import java.net.URI;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import retrofit2.Call;
import retrofit2.Retrofit;
import retrofit2.http.Body;
import retrofit2.http.POST;
import retrofit2.http.Streaming;

/** Calls that must go well whatever OkHttp is on the class path. Each takes the address of a Redis that is empty. */
public enum OkHttpCalls {
    PLAIN {
        @Override
        void make(Stage stage) throws IOException {
            try (Response response = post(stage.keys(), CHAT)) {
                assertThat(response.body().string()).contains("choices");
            }
            stage.assertServed(1);
        }
    },
    REFUSED_ONCE {
        @Override
        void make(Stage stage) throws IOException {
            stage.refuseOnce();
            try (Response response = post(stage.keys(), CHAT)) {
                assertThat(response.code()).isEqualTo(200);
            }
            stage.assertEachAccountWasAskedOnce();
            stage.assertServed(1);
        }
    },
    STREAMED {
        @Override
        void make(Stage stage) throws IOException {
            try (Response response = post(stage.keys(), STREAM)) {
                assertThat(response.body().string()).endsWith("data: [DONE]\n\n");
            }
            stage.assertServed(1);
        }
    },
    STREAM_LEFT {
        @Override
        void make(Stage stage) throws IOException {
            try (Response response = post(stage.keys(), STREAM)) {
                assertThat(response.body().source().readUtf8Line()).isNotNull();
            }
            stage.assertLeasesCameBack();
            assertThat(stage.charged()).isGreaterThan(MOST_TOKENS);
        }
    },
    RETROFIT {
        @Override
        void make(Stage stage) throws IOException {
            try (ResponseBody body = chats(stage.keys())
                    .chat(RequestBody.create(CHAT, JSON))
                    .execute()
                    .body()) {
                assertThat(body.string()).contains("choices");
            }
            stage.assertServed(1);
        }
    },
    RETROFIT_STREAMED {
        @Override
        void make(Stage stage) throws IOException {
            try (ResponseBody body = chats(stage.keys())
                    .chat(RequestBody.create(STREAM, JSON))
                    .execute()
                    .body()) {
                assertThat(body.string()).endsWith("data: [DONE]\n\n");
            }
            stage.assertServed(1);
        }
    },
    OPENAI_JAVA {
        @Override
        void make(Stage stage) {
            OpenAIClient openai = OpenAIOkHttpClient.builder()
                    .baseUrl(stage.keys().pool(Stage.POOL).baseUrl().toString())
                    .apiKey(Stage.PLACEHOLDER)
                    .okHttpClient(stage.http())
                    .maxRetries(0)
                    .build();
            var hello = ChatCompletionCreateParams.builder().model(MODEL).addUserMessage("Hello");
            assertThat(openai.chat()
                            .completions()
                            .create(hello.maxCompletionTokens(MOST_TOKENS).build())
                            .choices())
                    .isNotEmpty();
            stage.assertServed(1);
        }
    };

    private static final MediaType JSON = MediaType.get("application/json");
    private static final String CHAT = "{\"model\":\"" + MODEL + "\",\"max_tokens\":" + MOST_TOKENS
            + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final String STREAM = CHAT.replace("{\"model\"", "{\"stream\":true,\"model\"");

    abstract void make(Stage stage) throws IOException;

    /** Makes the call with this name. */
    public static void make(String name, String redis) throws IOException {
        try (Stage stage = Stage.of(URI.create(redis), "openrouter")) {
            valueOf(name).make(stage);
        }
    }

    private static Response post(KeyCoordinator keys, String body) throws IOException {
        OkHttpClient http = LeasedHttp.newClient(keys, "llm");
        Request request = new Request.Builder()
                .url(keys.pool("llm").baseUrl() + "/chat/completions")
                .post(RequestBody.create(body, JSON))
                .build();
        Request withPlaceholder = request.newBuilder()
                .header("Authorization", "Bearer " + Stage.PLACEHOLDER)
                .build();
        return http.newCall(withPlaceholder).execute();
    }

    private interface Chats {
        @Streaming
        @POST("chat/completions")
        Call<ResponseBody> chat(@Body RequestBody body);
    }

    private static Chats chats(KeyCoordinator keys) {
        OkHttpClient http = LeasedHttp.newClient(keys, "llm");
        Retrofit retrofit = new Retrofit.Builder()
                .baseUrl(keys.pool("llm").baseUrl() + "/")
                .client(http)
                .build();
        return retrofit.create(Chats.class);
    }
}
