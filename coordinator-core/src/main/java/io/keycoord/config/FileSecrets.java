package io.keycoord.config;

import io.keycoord.ApiSecret;
import io.keycoord.SecretSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Resolves {@code file:/path} to the first line of the file, which is read anew each time. */
final class FileSecrets implements SecretSource {
    private static final int LARGEST = 16 << 10;

    private final MissingSecrets missing = new MissingSecrets();

    @Override
    public Optional<ApiSecret> resolve(String reference) {
        SecretReference.mistake(reference, Set.of(SecretReference.FILE)).ifPresent(mistake -> {
            throw new IllegalArgumentException("a reference " + mistake);
        });
        Path file = Path.of(reference.substring(SecretReference.FILE.length() + 1));
        if (!Files.isRegularFile(file)) {
            return missing.empty(reference, "is not a file that this user can read");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return secret(reference, in.readNBytes(LARGEST + 1));
        } catch (IOException e) {
            return missing.empty(reference, "is not a file that this user can read");
        }
    }

    private Optional<ApiSecret> secret(String reference, byte[] content) {
        if (content.length > LARGEST) {
            return missing.empty(reference, "is a file of more than 16 KiB");
        }
        String firstLine =
                new String(content, StandardCharsets.UTF_8).lines().findFirst().orElse("");
        return missing.secret(reference, firstLine);
    }
}
