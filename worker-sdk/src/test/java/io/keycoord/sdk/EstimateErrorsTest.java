package io.keycoord.sdk;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.Usage;
import io.keycoord.sdk.EstimateErrors.Place;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.FakeCoordinator;
import io.keycoord.sdk.okhttp.LeasedHttp;
import io.keycoord.sdk.okhttp.Provider;
import java.util.List;
import java.util.Optional;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class EstimateErrorsTest {
    private final EstimateErrors errors = new EstimateErrors();

    private static CallFacts facts(String model, long input, long output) {
        return new CallFacts(Optional.of(model), input, output);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "10, 0", "11, 1", "100, 5", "101, 6", "110, 6", "200, 9", "400, 10", "401, 11", "99999, 11"})
    void eachCallIsCountedBelowItsBound(long used, int at) {
        errors.note("p", facts("m", 100, 0), Usage.tokens(used, 9));

        Spread input = errors.of("p").input();
        assertThat(input.counts().get(at)).isEqualTo(1);
        assertThat(input.calls()).isEqualTo(1);
        assertThat(input.tooLow()).isEqualTo(used > 100 ? 1 : 0);
        assertThat(input.ratio()).isEqualTo(used / 100.0);
        assertThat(errors.of("p").output().calls())
                .as("nothing was reserved for it")
                .isZero();
    }

    @Test
    void poolsCountWhatTheirModelsDo() {
        errors.note("p", facts("m", 100, 50), Usage.tokens(80, 10));
        errors.note("p", facts("n", 100, 50), Usage.tokens(130, 20));
        errors.note("q", CallFacts.ofSize(400), Usage.tokens(100, 20));

        assertThat(errors.all().keySet())
                .containsExactly(
                        new Place("p", Optional.empty()),
                        new Place("p", Optional.of("m")),
                        new Place("p", Optional.of("n")),
                        new Place("q", Optional.empty()));
        assertThat(errors.of("p").input().ratio()).isEqualTo(1.05);
        assertThat(errors.of("p").output().ratio()).isEqualTo(0.3);
        assertThat(errors.of("p", "n").input().tooLow()).isEqualTo(1);
        assertThat(errors.of("p", "x").input().calls()).isZero();
        assertThat(errors.of("x").input().ratio()).isEqualTo(1);
    }

    @Test
    void moreModelsThanItKnowsCountForTheirPool() {
        for (int i = 0; i < 1_200; i++) {
            errors.note("p", facts("m" + i, 100, 0), Usage.tokens(80, 10));
        }

        assertThat(errors.all()).hasSize(1_000);
        assertThat(errors.of("p").input().calls()).isEqualTo(1_200);
        assertThat(errors.of("p", "m1100").input().calls()).isZero();
    }

    @Test
    void spreadHasACountForEachBoundAndOneMore() {
        assertThatThrownBy(() -> new Spread(List.of(1L), 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("counts has 1 elements, expected 12");
    }

    /** It is told what would have been reserved before the answer was learnt from. */
    @Test
    void callsAreCountedAsTheyEnd() throws Exception {
        try (Provider provider = new Provider()) {
            FakeCoordinator keys = new FakeCoordinator("openai", provider.baseUrl(), key("a1", "a"));
            OkHttpClient http = LeasedHttp.newClient(
                    keys,
                    FakeCoordinator.POOL,
                    CallOptions.standard().withMaxAttempts(1).withEstimateErrors(errors));
            Request request = new Request.Builder()
                    .url(provider.baseUrl() + "/chat/completions")
                    .post(RequestBody.create(Provider.CHAT, null))
                    .build();
            for (int i = 0; i < 3; i++) {
                provider.succeeds();
                http.newCall(request).execute().close();
            }
            provider.answers(500, "{}");
            http.newCall(request).execute().close();

            Spread input = errors.of(FakeCoordinator.POOL, "vendor/model").input();
            long reserved = keys.requests.subList(0, 3).stream()
                    .mapToLong(asked -> asked.inputTokens())
                    .sum();
            assertThat(input.calls()).isEqualTo(3);
            assertThat(input.used()).isEqualTo(27);
            assertThat(input.reserved()).isEqualTo(reserved);
            assertThat(errors.of(FakeCoordinator.POOL).output().reserved()).isEqualTo(150);
        }
    }
}
