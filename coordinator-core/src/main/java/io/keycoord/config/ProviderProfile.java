package io.keycoord.config;

import io.keycoord.config.RateLimit.Counted;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.RateLimit.Refund;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a configuration may leave out because the provider is known.
 *
 * @param baseUrl its address; empty where each customer has another one
 * @param mode how it enforces limits
 * @param special limits that it enforces differently
 * @param refund whether it gives back tokens that were reserved and not used
 * @param counted when it counts tokens; requests are counted on admission everywhere
 */
record ProviderProfile(Optional<String> baseUrl, Mode mode, Special special, Refund refund, Counted counted) {
    /** Limits that no provider enforces but the user's own budgets: of money, of tenants, of a whole pool. */
    static final ProviderProfile OWN =
            new ProviderProfile(Optional.empty(), Mode.BUCKET, Special.BUDGET, Refund.SAFE, Counted.ADMISSION);

    private static final Map<String, ProviderProfile> BY_NAME = new LinkedHashMap<>();

    static {
        Mode bucket = Mode.BUCKET;
        Mode sliding = Mode.SLIDING_WINDOW;
        add("openrouter", "https://openrouter.ai/api/v1", bucket, Special.FREE_MODELS, Refund.SAFE, Counted.ADMISSION);
        add("openai", "https://api.openai.com/v1", bucket, Special.NONE, Refund.NONE, Counted.ADMISSION);
        add("azure", "", bucket, Special.NONE, Refund.NONE, Counted.ADMISSION);
        add("anthropic", "https://api.anthropic.com/v1", bucket, Special.NONE, Refund.SAFE, Counted.COMPLETION);
        add(
                "gemini",
                "https://generativelanguage.googleapis.com/v1beta",
                sliding,
                Special.PACIFIC_DAY,
                Refund.SAFE,
                Counted.ADMISSION);
        add("groq", "https://api.groq.com/openai/v1", bucket, Special.NONE, Refund.SAFE, Counted.ADMISSION);
        add("mistral", "https://api.mistral.ai/v1", sliding, Special.NONE, Refund.SAFE, Counted.COMPLETION);
        add("deepseek", "https://api.deepseek.com/v1", sliding, Special.NONE, Refund.SAFE, Counted.ADMISSION);
        add("together", "https://api.together.xyz/v1", sliding, Special.NONE, Refund.SAFE, Counted.ADMISSION);
        add("bedrock", "", sliding, Special.NONE, Refund.NONE, Counted.ADMISSION);
        add("openai-compatible", "", sliding, Special.NONE, Refund.SAFE, Counted.ADMISSION);
    }

    /** Limits that a provider enforces in another mode than its others. */
    enum Special {
        NONE,
        /** Models whose names end in {@code :free} are counted by the minute and the day of UTC. */
        FREE_MODELS,
        /** Limits per day are counted from midnight in Los Angeles. */
        PACIFIC_DAY,
        /** Limits per day are counted by the day of UTC. */
        BUDGET
    }

    static Optional<ProviderProfile> named(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /** Stands in while a document with an unknown provider is read to its end. */
    static ProviderProfile cautious() {
        return BY_NAME.getOrDefault(
                "openai-compatible", BY_NAME.values().iterator().next());
    }

    static String expected() {
        return "one of " + String.join(", ", BY_NAME.keySet()) + "; openai-compatible stands for any other";
    }

    /** The mode of a limit that names none. */
    Mode mode(String models, Duration window) {
        if (special == Special.FREE_MODELS && models.endsWith(":free") && FixedWindows.divideTheDay(window)) {
            return Mode.FIXED_WINDOW;
        }
        if (window.equals(Ranges.DAY) && special == Special.BUDGET) {
            return Mode.FIXED_WINDOW;
        }
        return window.equals(Ranges.DAY) && special == Special.PACIFIC_DAY ? Mode.FIXED_PACIFIC_DAY : mode;
    }

    /** The mode of a fixed window that does not say when it resets. */
    Mode fixedMode(Duration window) {
        return window.equals(Ranges.DAY) && special == Special.PACIFIC_DAY ? Mode.FIXED_PACIFIC_DAY : Mode.FIXED_WINDOW;
    }

    private static void add(String name, String url, Mode mode, Special special, Refund refund, Counted counted) {
        Optional<String> baseUrl = url.isEmpty() ? Optional.empty() : Optional.of(url);
        BY_NAME.put(name, new ProviderProfile(baseUrl, mode, special, refund, counted));
    }
}
