package io.keycoord.sdk;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Usage;
import io.keycoord.sdk.okhttp.FakeCoordinator;
import io.keycoord.sdk.okhttp.LeasedHttp;
import io.keycoord.sdk.okhttp.Provider;
import java.util.List;
import java.util.Optional;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class InputPolicyTest {

    @Test
    void modelsMayCountWholeNevertheless() {
        InputPolicy policy = new InputPolicy(true, List.of("old-*", "*/older"));

        assertThat(policy.countsCacheReads(Optional.of("old-1"))).isTrue();
        assertThat(policy.countsCacheReads(Optional.of("Vendor/Older"))).isTrue();
        assertThat(policy.countsCacheReads(Optional.of("new-1"))).isFalse();
        assertThat(policy.countsCacheReads(Optional.empty())).isFalse();
        assertThat(InputPolicy.ALL.countsCacheReads(Optional.of("new-1"))).isTrue();
    }

    /** Whole and streamed; 10 tokens are new, 5 written to the cache and 500 read from it. */
    @ParameterizedTest
    @CsvSource({
        "anthropic, claude-9, 15",
        "anthropic, claude-3-5-haiku-20241022, 515",
        "bedrock, claude-9, 15",
        "openrouter, claude-9, 515"
    })
    void leasesAreChargedAsTheProviderCounts(String provider, String model, long input) throws Exception {
        String usage = "\"usage\":{\"input_tokens\":10,\"cache_creation_input_tokens\":5,"
                + "\"cache_read_input_tokens\":500,\"output_tokens\":2}";
        try (Provider server = new Provider()) {
            FakeCoordinator keys = new FakeCoordinator(provider, server.baseUrl(), key("a1", "a"));
            server.answers(200, "{\"type\":\"message\"," + usage + "}");
            server.answers(
                    200,
                    "data: {\"type\":\"message_start\",\"message\":{" + usage + "}}\n\n"
                            + "data: {\"type\":\"message_stop\"}\n\n",
                    "Content-Type",
                    "text/event-stream");
            Request request = new Request.Builder()
                    .url(server.baseUrl() + "/messages")
                    .post(RequestBody.create("{\"model\":\"" + model + "\",\"max_tokens\":9,\"messages\":[]}", null))
                    .build();

            for (int i = 0; i < 2; i++) {
                try (Response response = LeasedHttp.newClient(keys, FakeCoordinator.POOL)
                        .newCall(request)
                        .execute()) {
                    assertThat(response.body().string()).isNotEmpty();
                }
                assertThat(keys.outcomes().get(i).usage()).contains(Usage.tokens(input, 2));
            }
        }
    }
}
