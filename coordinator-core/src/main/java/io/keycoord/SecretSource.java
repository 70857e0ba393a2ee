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
}
