package io.keycoord.config;

import io.keycoord.ApiSecret;
import io.keycoord.SecretSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.Set;

/** Resolves {@code file:/path} to the first line of the file, which is read anew each time it is asked for. */
final class FileSecrets implements SecretSource {
    private static final int LARGEST = 16 << 10;

    private final MissingSecrets missing = new MissingSecrets();

    @Override
    public Optional<ApiSecret> resolve(String reference) {
        SecretReference.mistake(reference, Set.of(SecretReference.FILE)).ifPresent(mistake -> {
            throw new IllegalArgumentException("a reference " + mistake);
        });
        Path file = file(reference);
        if (!Files.isRegularFile(file)) {
            return missing.empty(reference, "is not a file that this user can read");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return secret(reference, in.readNBytes(LARGEST + 1));
        } catch (IOException e) {
            return missing.empty(reference, "is not a file that this user can read");
        }
    }

    /** The file behind all links, its time and its size, so that one that takes its place is another one. */
    @Override
    public Optional<String> stamp(String reference) {
        try {
            BasicFileAttributes file = Files.readAttributes(file(reference), BasicFileAttributes.class);
            return Optional.of(file.fileKey() + " " + file.lastModifiedTime() + " " + file.size());
        } catch (IOException e) {
            return Optional.of("none");
        }
    }

    private static Path file(String reference) {
        return Path.of(reference.substring(SecretReference.FILE.length() + 1));
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
