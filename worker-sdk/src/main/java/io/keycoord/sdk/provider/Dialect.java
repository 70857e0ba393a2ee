package io.keycoord.sdk.provider;

import io.keycoord.sdk.LimitHeader;
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
 * @param limits the headers that tell what is left of limits
 * @param keyPaths where it tells about the key that asks, below the base URL, the newest first; empty if it does not
 */
public record Dialect(
        String name,
        String credentialHeader,
        String credentialPrefix,
        List<Rule> rules,
        List<LimitHeader> limits,
        List<String> keyPaths) {

    /** Every header that is known to carry a credential; a leased call carries none but its own. */
    public static final List<String> CREDENTIAL_HEADERS =
            List.of("Authorization", "x-api-key", "api-key", "x-goog-api-key");

    public Dialect {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(credentialHeader, "credentialHeader");
        Objects.requireNonNull(credentialPrefix, "credentialPrefix");
        rules = List.copyOf(rules);
        limits = List.copyOf(limits);
        keyPaths = List.copyOf(keyPaths);
    }

    /** The dialect of a provider; one that is not known is taken to speak like OpenAI, with generic errors. */
    public static Dialect of(String provider) {
        return switch (provider.toLowerCase(Locale.ROOT)) {
            case "openrouter" ->
                bearer(provider, OpenRouterRules.RULES, LimitTables.OPENROUTER).withKeyPaths("key", "auth/key");
            case "openai" -> bearer(provider, OpenAiRules.RULES, LimitTables.OPENAI);
            case "mistral" -> bearer(provider, MistralRules.RULES, LimitTables.MISTRAL);
            case "groq" -> bearer(provider, GenericRules.RULES, LimitTables.GROQ);
            case "together" -> bearer(provider, GenericRules.RULES, LimitTables.TOGETHER);
            case "azure" -> new Dialect(provider, "api-key", "", GenericRules.RULES, LimitTables.AZURE, List.of());
            case "anthropic" ->
                new Dialect(provider, "x-api-key", "", AnthropicRules.RULES, LimitTables.ANTHROPIC, List.of());
            case "gemini" ->
                new Dialect(provider, "x-goog-api-key", "", GenericRules.RULES, LimitTables.NONE, List.of());
            default -> bearer(provider, GenericRules.RULES, LimitTables.GENERIC);
        };
    }

    private static Dialect bearer(String provider, List<Rule> rules, List<LimitHeader> limits) {
        return new Dialect(provider, "Authorization", "Bearer ", rules, limits, List.of());
    }

    private Dialect withKeyPaths(String... paths) {
        return new Dialect(name, credentialHeader, credentialPrefix, rules, limits, List.of(paths));
    }
}
