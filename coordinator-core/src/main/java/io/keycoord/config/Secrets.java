package io.keycoord.config;

import io.keycoord.ApiSecret;
import io.keycoord.SecretSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Secret sources by the scheme of the reference, which is what stands before its first colon. Safe for use by many
 * threads if the sources in it are. A source of one's own:
 *
 * <pre>{@code
 * Secrets secrets = Secrets.standard().orElse(Secrets.of("vault", reference -> vault.read(reference)));
 * CoordinatorConfig config = CoordinatorConfig.load(file, secrets.schemes());
 * }</pre>
 */
public final class Secrets implements SecretSource {
    /** The scheme of {@link #of(Map)}. */
    public static final String TEST_SCHEME = "test";

    private final Map<String, SecretSource> sources;

    private Secrets(Map<String, SecretSource> sources) {
        this.sources = Map.copyOf(sources);
    }

    /**
     * Environment variables and files: {@code env:NAME} and {@code file:/path}. Of a file the first line counts, and
     * it may have at most 16 KiB; a file that changes, or whose place another takes, is read again. A secret that is missing, unreadable or not printable is empty, and one warning is
     * logged that names the reference.
     */
    public static Secrets standard() {
        return new Secrets(Map.of(
                SecretReference.ENV, new EnvironmentSecrets(System::getenv),
                SecretReference.FILE, new FileSecrets()));
    }

    /**
     * Secrets in memory, for tests: {@code test:name} is the value of {@code name}, and empty if there is none.
     *
     * @throws IllegalArgumentException if a value cannot be a secret; the message does not hold it
     */
    public static Secrets of(Map<String, String> values) {
        Map<String, ApiSecret> secrets = new TreeMap<>();
        values.forEach((name, value) -> secrets.put(name, ApiSecret.of(value)));
        int prefix = TEST_SCHEME.length() + 1;
        return of(TEST_SCHEME, reference -> Optional.ofNullable(secrets.get(reference.substring(prefix))));
    }

    /**
     * A source for one scheme; it is asked with the whole reference.
     *
     * @param scheme lower-case letters, digits and {@code -}, with a letter first, at most 32
     * @throws IllegalArgumentException if the scheme is not of that form
     */
    public static Secrets of(String scheme, SecretSource source) {
        if (!SecretReference.isScheme(scheme)) {
            throw new IllegalArgumentException("scheme is " + Shown.text(scheme)
                    + ", expected lower-case letters, digits and '-', a letter first, at most 32");
        }
        return new Secrets(Map.of(scheme, source));
    }

    /** These, and those for other schemes and for what is empty here. */
    public Secrets orElse(Secrets those) {
        Map<String, SecretSource> both = new TreeMap<>(sources);
        those.sources.forEach((scheme, source) -> both.merge(scheme, source, Either::new));
        return new Secrets(both);
    }

    private record Either(SecretSource mine, SecretSource other) implements SecretSource {
        @Override
        public Optional<ApiSecret> resolve(String reference) {
            return mine.resolve(reference).or(() -> other.resolve(reference));
        }

        @Override
        public Optional<String> stamp(String reference) {
            return mine.stamp(reference).flatMap(one -> other.stamp(reference).map(two -> one + " " + two));
        }
    }

    /** The schemes that are resolved here, for {@link CoordinatorConfig#load(java.nio.file.Path, Set)}. */
    public Set<String> schemes() {
        return sources.keySet();
    }

    @Override
    public Optional<ApiSecret> resolve(String reference) {
        return source(reference).resolve(reference);
    }

    @Override
    public Optional<String> stamp(String reference) {
        return source(reference).stamp(reference);
    }

    private SecretSource source(String reference) {
        return SecretReference.parse(reference)
                .map(parsed -> sources.get(parsed.scheme()))
                .orElseThrow(() -> new IllegalArgumentException(
                        "a reference to a secret (not shown, it may be the secret) has none of the schemes "
                                + new TreeSet<>(sources.keySet())));
    }

    @Override
    public String toString() {
        return "Secrets" + new TreeSet<>(sources.keySet());
    }
}
