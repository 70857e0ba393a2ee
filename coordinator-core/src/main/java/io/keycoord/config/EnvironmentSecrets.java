package io.keycoord.config;

import io.keycoord.ApiSecret;
import io.keycoord.SecretSource;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Resolves {@code env:NAME}. */
final class EnvironmentSecrets implements SecretSource {
    private final Function<String, @Nullable String> environment;
    private final MissingSecrets missing = new MissingSecrets();

    EnvironmentSecrets(Function<String, @Nullable String> environment) {
        this.environment = environment;
    }

    @Override
    public Optional<ApiSecret> resolve(String reference) {
        SecretReference.mistake(reference, Set.of(SecretReference.ENV)).ifPresent(mistake -> {
            throw new IllegalArgumentException("a reference " + mistake);
        });
        String value = environment.apply(reference.substring(SecretReference.ENV.length() + 1));
        return value == null ? missing.empty(reference, "is not set") : missing.secret(reference, value);
    }

    /** The environment of a process does not change. */
    @Override
    public Optional<String> stamp(String reference) {
        return Optional.of("");
    }
}
