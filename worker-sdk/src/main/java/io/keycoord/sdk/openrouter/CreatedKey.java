package io.keycoord.sdk.openrouter;

import io.keycoord.ApiSecret;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** A key that was just made, with its secret, which OpenRouter never tells again. Safe for use by many threads. */
public final class CreatedKey {
    private final ManagedKey key;
    private final AtomicReference<Optional<ApiSecret>> secret;

    CreatedKey(ManagedKey key, ApiSecret secret) {
        this.key = key;
        this.secret = new AtomicReference<>(Optional.of(secret));
    }

    public ManagedKey key() {
        return key;
    }

    /**
     * The secret, to be put where the workers find it. Handed out once, and forgotten here.
     *
     * @throws IllegalStateException if it was handed out already
     */
    public ApiSecret takeSecret() {
        return secret.getAndSet(Optional.empty())
                .orElseThrow(() -> new IllegalStateException("the secret of key " + key.hash() + " was taken already"));
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "CreatedKey[" + key.hash() + ", secret ****]";
    }
}
