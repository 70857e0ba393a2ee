package io.keycoord.sdk.provider;

import io.keycoord.sdk.Rule;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * How a provider wants to be called and how it says no.
 *
 * @param name the provider's name in the configuration
 * @param credentialHeader the header that carries the secret
 * @param credentialPrefix what stands before the secret, for example {@code "Bearer "}; may be empty
 * @param rules its errors, the first match wins
 */
public record Dialect(String name, String credentialHeader, String credentialPrefix, List<Rule> rules) {

    /** Every header that is known to carry a credential; a leased call carries none but its own. */
    public static final List<String> CREDENTIAL_HEADERS =
            List.of("Authorization", "x-api-key", "api-key", "x-goog-api-key");

    public Dialect {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(credentialHeader, "credentialHeader");
        Objects.requireNonNull(credentialPrefix, "credentialPrefix");
        rules = List.copyOf(rules);
    }

    /** The dialect of a provider; one that is not known is taken to speak like OpenAI, with generic errors. */
    public static Dialect of(String provider) {
        return switch (provider.toLowerCase(Locale.ROOT)) {
            case "openrouter" -> bearer(provider, OpenRouterRules.RULES);
            case "openai" -> bearer(provider, OpenAiRules.RULES);
            case "mistral" -> bearer(provider, MistralRules.RULES);
            case "azure" -> new Dialect(provider, "api-key", "", GenericRules.RULES);
            case "anthropic" -> new Dialect(provider, "x-api-key", "", GenericRules.RULES);
            case "gemini" -> new Dialect(provider, "x-goog-api-key", "", GenericRules.RULES);
            default -> bearer(provider, GenericRules.RULES);
        };
    }

    private static Dialect bearer(String provider, List<Rule> rules) {
        return new Dialect(provider, "Authorization", "Bearer ", rules);
    }
}
