package io.keycoord.sdk.provider;

import io.keycoord.sdk.InputPolicy;
import io.keycoord.sdk.LimitHeader;
import io.keycoord.sdk.Reservation;
import io.keycoord.sdk.Rule;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a provider wants to be called and how it says no. Each has a file, {@code openrouter.json} and so on, beside this
 * class. Immutable.
 *
 * @param name the provider's name in the configuration
 * @param credentialHeader the header that carries the secret
 * @param credentialPrefix what stands before the secret, for example {@code "Bearer "}; may be empty
 * @param input what it counts of a call's prompt
 * @param output what it counts of a call's output before that is there
 * @param rules its errors, the first match wins
 * @param limits the headers that tell what is left of limits
 * @param keyPaths where it tells about the key that asks, below the base URL, the newest first; empty if it does not
 * @param creditsPaths where it tells about the money of the account that asks, in the same way
 */
public record Dialect(
        String name,
        String credentialHeader,
        String credentialPrefix,
        InputPolicy input,
        Reservation output,
        List<Rule> rules,
        List<LimitHeader> limits,
        List<String> keyPaths,
        List<String> creditsPaths) {

    /** Every header that is known to carry a credential; a leased call carries none but its own. */
    public static final List<String> CREDENTIAL_HEADERS =
            List.of("Authorization", "x-api-key", "api-key", "x-goog-api-key");

    /** Every parameter of an address that is known to carry a credential; neither does a leased call take these along. */
    public static final List<String> CREDENTIAL_PARAMETERS =
            List.of("key", "api_key", "api-key", "apikey", "access_token", "subscription-key");

    private static final long LARGEST = 1 << 20;

    public Dialect {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(credentialHeader, "credentialHeader");
        Objects.requireNonNull(credentialPrefix, "credentialPrefix");
        Objects.requireNonNull(input, "input");
        Objects.requireNonNull(output, "output");
        rules = List.copyOf(rules);
        limits = List.copyOf(limits);
        keyPaths = List.copyOf(keyPaths);
        creditsPaths = List.copyOf(creditsPaths);
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

    /**
     * An address's query without {@link #CREDENTIAL_PARAMETERS}, in whatever case and encoding they are written; the others
     * stay as they are.
     *
     * @param query encoded, without its question mark
     * @return empty if nothing is left
     */
    public static Optional<String> withoutCredentials(String query) {
        List<String> kept = Stream.of(query.split("&", -1))
                .filter(pair -> !isCredential(pair.split("=", 2)[0]))
                .toList();
        return kept.isEmpty() ? Optional.empty() : Optional.of(String.join("&", kept));
    }

    private static boolean isCredential(String encodedName) {
        try {
            String name = URLDecoder.decode(encodedName, StandardCharsets.UTF_8);
            return CREDENTIAL_PARAMETERS.contains(name.toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The same for another provider. */
    public Dialect named(String provider) {
        return new Dialect(
                provider, credentialHeader, credentialPrefix, input, output, rules, limits, keyPaths, creditsPaths);
    }
}
