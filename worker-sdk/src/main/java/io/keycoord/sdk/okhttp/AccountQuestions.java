package io.keycoord.sdk.okhttp;

import io.keycoord.ApiSecret;
import io.keycoord.SecretSource;
import io.keycoord.config.PoolConfig;
import io.keycoord.sdk.Credits;
import io.keycoord.sdk.KeyReport;
import io.keycoord.sdk.provider.Dialect;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** What a provider can be asked about a key, with the key's own secret. Safe for use by many threads. */
final class AccountQuestions implements AutoCloseable {
    private static final Duration PER_CALL = Duration.ofSeconds(10);
    private static final int LARGEST_BYTES = 64 << 10;

    /** An ordinary key may be forbidden to ask for the money of its account. */
    private static final Set<Integer> NOT_FOR_THIS_KEY = Set.of(401, 403, 404);

    /**
     * An answer.
     *
     * @param value what was told; empty if nothing was
     * @param problem why not, without any part of the answer; empty also if it is not told to this key
     */
    record Told<T>(Optional<T> value, Optional<String> problem) {
        static <T> Told<T> problem(String what) {
            return new Told<>(Optional.empty(), Optional.of(what));
        }
    }

    private final Dialect dialect;
    private final SecretSource secrets;
    private final SignedCalls calls;

    AccountQuestions(PoolConfig pool, SecretSource secrets, Dialect dialect) {
        if (dialect.keyPaths().isEmpty()) {
            throw new IllegalArgumentException("the provider of pool " + pool.id() + " is " + pool.provider()
                    + ", which tells nothing about a key; expected openrouter");
        }
        this.dialect = dialect;
        this.secrets = secrets;
        this.calls = new SignedCalls(pool.baseUrl(), dialect, pool.headers(), PER_CALL);
    }

    /** The secret of a reference, or why there is none. */
    Told<ApiSecret> secret(String reference) {
        try {
            Optional<ApiSecret> found = secrets.resolve(reference);
            return found.isPresent() ? new Told<>(found, Optional.empty()) : Told.problem("its secret is not here");
        } catch (RuntimeException e) {
            // Its message may hold anything.
            return Told.problem(
                    "its secret could not be asked for (" + e.getClass().getSimpleName() + ")");
        }
    }

    /** What the provider says of the key; a refusal is a problem. */
    Told<KeyReport> key(ApiSecret secret) {
        return ask(dialect.keyPaths(), secret, KeyReport::read, Set.of());
    }

    /** What it says of the money of the key's account; that it does not say is no problem. */
    Told<Credits> credits(ApiSecret secret) {
        return ask(dialect.creditsPaths(), secret, Credits::read, NOT_FOR_THIS_KEY);
    }

    private <T> Told<T> ask(
            List<String> paths, ApiSecret secret, Function<byte[], Optional<T>> reader, Set<Integer> untold) {
        try {
            for (String path : paths) {
                try (JsonAnswer answer = calls.call("GET", path, Map.of(), null, secret)) {
                    if (answer.status() != 404) {
                        return judged(answer, reader, untold);
                    }
                }
            }
        } catch (InterruptedIOException e) {
            return Told.problem("the provider did not answer in time");
        } catch (IOException e) {
            return Told.problem("the provider could not be reached");
        }
        return untold.contains(404) || paths.isEmpty()
                ? new Told<>(Optional.empty(), Optional.empty())
                : Told.problem("the provider answered 404 at " + String.join(" and ", paths));
    }

    private static <T> Told<T> judged(JsonAnswer answer, Function<byte[], Optional<T>> reader, Set<Integer> untold)
            throws IOException {
        if (untold.contains(answer.status())) {
            return new Told<>(Optional.empty(), Optional.empty());
        }
        if (answer.status() < 200 || answer.status() > 299) {
            return Told.problem("the provider answered " + answer.status());
        }
        Optional<T> value = reader.apply(answer.body().readNBytes(LARGEST_BYTES));
        return value.isEmpty() ? Told.problem("the answer was not understood") : new Told<>(value, Optional.empty());
    }

    @Override
    public void close() {
        calls.close();
    }
}
