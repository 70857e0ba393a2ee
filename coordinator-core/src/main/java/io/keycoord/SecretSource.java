package io.keycoord;

import java.util.Optional;

/**
 * Finds the secret behind a reference of the configuration, such as {@code env:OPENROUTER_KEY_1}. Called in the worker
 * only; what it returns never leaves the worker. Implementations must be safe for use by many threads.
 */
@FunctionalInterface
public interface SecretSource {

    /**
     * Resolves a reference.
     *
     * @return empty if this worker does not have the secret; it then leaves the key to others
     * @throws IllegalArgumentException if the reference is not of a form this source understands
     */
    Optional<ApiSecret> resolve(String reference);

    /**
     * What is cheap to ask and changes when the secret may have changed, such as a file's time and size. A coordinator looks
     * at it about once a second, and resolves the reference again when it is another one.
     *
     * @return empty if this source has no such thing; it is then asked for the secret itself, about once a minute
     */
    default Optional<String> stamp(String reference) {
        return Optional.empty();
    }
}
