package io.keycoord.sdk.provider;

import io.keycoord.sdk.LimitHeader;
import io.keycoord.sdk.Reservation;
import io.keycoord.sdk.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * How a provider wants to be called and how it says no. Each has a file, {@code openrouter.json} and so on, beside this
 * class. Immutable.
 *
 * @param name the provider's name in the configuration
 * @param credentialHeader the header that carries the secret
 * @param credentialPrefix what stands before the secret, for example {@code "Bearer "}; may be empty
 * @param output what it counts of a call's output before that is there
 * @param rules its errors, the first match wins
 * @param limits the headers that tell what is left of limits
 * @param keyPaths where it tells about the key that asks, below the base URL, the newest first; empty if it does not
 */
public record Dialect(
        String name,
        String credentialHeader,
        String credentialPrefix,
        Reservation output,
        List<Rule> rules,
        List<LimitHeader> limits,
        List<String> keyPaths) {

    /** Every header that is known to carry a credential; a leased call carries none but its own. */
    public static final List<String> CREDENTIAL_HEADERS =
            List.of("Authorization", "x-api-key", "api-key", "x-goog-api-key");

    private static final long LARGEST = 1 << 20;

    public Dialect {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(credentialHeader, "credentialHeader");
        Objects.requireNonNull(credentialPrefix, "credentialPrefix");
        Objects.requireNonNull(output, "output");
        rules = List.copyOf(rules);
        limits = List.copyOf(limits);
        keyPaths = List.copyOf(keyPaths);
    }

    /** The dialect of a provider; one that is not known is taken to speak like OpenAI, with generic errors. */
    public static Dialect of(String provider) {
        String name = provider.toLowerCase(Locale.ROOT);
        return Profiles.dialect(Profiles.NAMES.contains(name) ? name : Profiles.GENERIC)
                .named(provider);
    }

    /**
     * The dialect that a file describes, in the form of {@code docs/providers.md}.
     *
     * @param file of at most 1 MiB
     * @throws RulesException if it cannot be read, or anything in it is not as expected
     */
    public static Dialect read(Path file) {
        try {
            if (Files.size(file) > LARGEST) {
                throw new RulesException(file + ": is larger than " + LARGEST + " bytes");
            }
            return ProfileReader.read(file.toString(), Files.readAllBytes(file)).dialect(file.toString());
        } catch (IOException e) {
            throw new RulesException(file + ": cannot be read: " + e);
        }
    }

    /** The same for another provider. */
    public Dialect named(String provider) {
        return new Dialect(provider, credentialHeader, credentialPrefix, output, rules, limits, keyPaths);
    }
}
