package io.keycoord.sdk.okhttp;

import io.keycoord.sdk.Classification;
import java.io.IOException;
import java.util.Optional;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** What one try brought: an answer or a failure, and what is wrong with it. Its lease is settled, or will be. */
final class Answer {
    private final @Nullable Response response;
    private final @Nullable IOException failure;
    private final Optional<Classification> trouble;

    private Answer(@Nullable Response response, @Nullable IOException failure, Optional<Classification> trouble) {
        this.response = response;
        this.failure = failure;
        this.trouble = trouble;
    }

    static Answer good(Response response) {
        return new Answer(response, null, Optional.empty());
    }

    static Answer bad(Response response, Classification trouble) {
        return new Answer(response, null, Optional.of(trouble));
    }

    static Answer failed(IOException failure, Classification trouble) {
        return new Answer(null, failure, Optional.of(trouble));
    }

    Optional<Classification> trouble() {
        return trouble;
    }

    /** Gives the caller what the provider answered, or throws what happened instead. */
    Response surface() throws IOException {
        if (response != null) {
            return response;
        }
        throw failure != null ? failure : new IOException("the call ended without an answer");
    }

    /** Makes room for another try. */
    void discard() {
        if (response != null) {
            response.close();
        }
    }
}
