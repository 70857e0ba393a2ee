package io.keycoord.sdk.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.keycoord.Outcome.Kind;
import io.keycoord.Usage;
import io.keycoord.sdk.AnswerStalledException;
import io.keycoord.sdk.call.CallOptions;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Answers whose data stays away, before it has begun and after: what holds over every transport. */
public interface StalledAnswers {
    Duration SHORT = Duration.ofSeconds(2);
    String COMMENT = ": PROCESSING\n\n";
    String FIRST = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    String REST = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n";

    static String[] events() {
        return new String[] {"Content-Type", "text/event-stream"};
    }

    static CallOptions firstToken() {
        return CallOptions.standard().withFirstTokenTimeout(SHORT);
    }

    static CallOptions idle() {
        return CallOptions.standard().withIdleTimeout(SHORT);
    }

    Provider provider();

    FakeCoordinator keys();

    /** The body of the answer to one call. */
    InputStream body(CallOptions options) throws Exception;

    /** Sends so many bytes every 50 ms. */
    default void trickles(String body, int bytes, String... headers) {
        provider()
                .server
                .enqueue(Provider.response(200, body, headers)
                        .throttleBody(bytes, 50, TimeUnit.MILLISECONDS)
                        .build());
    }

    private String text(CallOptions options) throws Exception {
        try (InputStream body = body(options)) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Reads an answer that stands still until it is ended. */
    default void standsStill(CallOptions options) throws Exception {
        try (InputStream body = body(options)) {
            // Streams of the JDK's client wrap what ended them.
            assertThat(Stream.iterate(catchThrowable(body::readAllBytes), Objects::nonNull, Throwable::getCause))
                    .filteredOn(AnswerStalledException.class::isInstance)
                    .map(AnswerStalledException.class::cast)
                    .singleElement()
                    .satisfies(stalled -> assertThat(stalled.hasBegun()).isTrue());
        }
    }

    @Test
    default void commentsAreNoTokens() {
        trickles(COMMENT.repeat(2_000), COMMENT.length(), events());

        assertThatThrownBy(() -> body(firstToken())).isInstanceOfSatisfying(AnswerStalledException.class, stalled -> {
            assertThat(stalled.hasBegun()).isFalse();
            assertThat(stalled.limit()).isEqualTo(SHORT);
        });

        assertThat(keys().outcome().kind()).isEqualTo(Kind.PROVIDER_FAILED);
        assertThat(keys().outcome().cause()).isEqualTo("ambiguous_timeout");
        assertThat(provider().server.getRequestCount()).isEqualTo(1);
    }

    @Test
    default void answerThatNeverBeginsIsTriedAgainWhereThatIsAllowed() throws Exception {
        trickles(COMMENT.repeat(2_000), COMMENT.length(), events());
        provider().answers(200, COMMENT + FIRST + REST, events());

        assertThat(text(firstToken().withDuplicateGeneration(true))).isEqualTo(COMMENT + FIRST + REST);

        assertThat(keys().kinds()).containsExactly(Kind.PROVIDER_FAILED, Kind.SUCCESS);
        assertThat(keys().outcomes().get(1).usage()).contains(Usage.tokens(12, 3));
    }

    @Test
    default void silenceBeforeTheHeadersIsEnded() {
        provider()
                .server
                .enqueue(new MockResponse.Builder()
                        .headersDelay(20, TimeUnit.SECONDS)
                        .build());

        assertThatThrownBy(() -> body(firstToken())).isInstanceOf(AnswerStalledException.class);

        assertThat(keys().outcome().cause()).isEqualTo("ambiguous_timeout");
    }

    @Test
    @Tag("proof")
    default void blanksBeforeJsonAreNoData() {
        trickles("{" + "\n ".repeat(2_000), 2, "Content-Type", "application/json");

        assertThatThrownBy(() -> body(idle())).isInstanceOf(AnswerStalledException.class);

        assertThat(keys().outcome().kind()).isEqualTo(Kind.PROVIDER_FAILED);
    }

    @Test
    default void afterTheFirstTokenItsLimitCountsNoMore() throws Exception {
        provider()
                .server
                .enqueue(Provider.response(200, "", events())
                        .body(new PausingBody(FIRST, SHORT.multipliedBy(2), REST))
                        .build());

        assertThat(text(firstToken())).isEqualTo(FIRST + REST);

        assertThat(keys().outcome().kind()).isEqualTo(Kind.SUCCESS);
    }

    @Test
    default void streamThatStandsStillIsEndedAndNotTriedAgain() throws Exception {
        trickles(FIRST + COMMENT.repeat(2_000), FIRST.length(), events());

        standsStill(idle().withDuplicateGeneration(true));

        assertThat(keys().outcome().kind()).isEqualTo(Kind.PROVIDER_FAILED);
        assertThat(keys().outcome().cause()).isEqualTo("stream_stalled");
        assertThat(keys().outcome().usage()).isEmpty();
        assertThat(provider().server.getRequestCount()).isEqualTo(1);
    }

    @Test
    @Tag("proof")
    default void whatCameBeforeMakesNoSuccessOfAStalledAnswer() throws Exception {
        String almost = FIRST + REST;
        trickles(almost + COMMENT.repeat(2_000), almost.length(), events());

        standsStill(idle());

        assertThat(keys().outcome().cause()).isEqualTo("stream_stalled");
    }
}
