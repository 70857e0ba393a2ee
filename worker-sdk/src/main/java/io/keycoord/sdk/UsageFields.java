package io.keycoord.sdk;

import io.keycoord.Usage;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Gathers the token counts of an answer, whatever the provider calls them, and its cost in dollars where the provider
 * tells it; a later count replaces an earlier one.
 */
final class UsageFields {
    private static final long UNKNOWN = -1;
    private static final long MOST = 1_000_000_000L;
    private static final double MOST_DOLLARS = 1e6;

    /** So large that it is no count of tokens but nonsense. */
    private static final double NO_COUNT = 1e15;

    /** What a double may be off by, in millionths of a dollar. */
    private static final double ROUNDING = 1e-3;

    private final boolean cacheReadsCount;
    private long input = UNKNOWN;
    private long readBesideInput;
    private long readWithinInput;
    private long cacheWrites;
    private long toolInput;
    private long output = UNKNOWN;
    private long thoughts;
    private OptionalLong microUsd = OptionalLong.empty();

    /** {@code cacheReadsCount}: whether tokens of the prompt count that were read from a cache. */
    UsageFields(boolean cacheReadsCount) {
        this.cacheReadsCount = cacheReadsCount;
    }

    /** A count of tokens, or the cost in dollars; of a count that is no whole number nothing is taken. */
    void takeNumber(String name, double number) {
        if (name.equals("cost")) {
            takeCost(number);
        } else if (number == Math.rint(number) && number < NO_COUNT) {
            take(name, (long) Math.min(MOST, number));
        }
    }

    /** A count of {@code prompt_tokens_details} and the like, which tell what the input consists of. */
    void takeInputDetail(String name, double number) {
        if (name.equals("cached_tokens")) {
            takeNumber("cachedContentTokenCount", number);
        }
    }

    /** Rounded up to a millionth of a dollar; a negative one, or one beyond a million dollars, is none. */
    private void takeCost(double dollars) {
        if (dollars >= 0 && dollars <= MOST_DOLLARS) {
            microUsd = OptionalLong.of((long) Math.ceil(dollars * 1e6 - ROUNDING));
        }
    }

    private void take(String name, long count) {
        long tokens = Math.max(0, Math.min(MOST, count));
        switch (name) {
            case "prompt_tokens", "input_tokens", "promptTokenCount", "inputTokens" -> input = tokens;
            case "cache_read_input_tokens", "cacheReadInputTokens" -> readBesideInput = tokens;
            case "cachedContentTokenCount" -> readWithinInput = tokens;
            case "cache_creation_input_tokens", "cacheWriteInputTokens" -> cacheWrites = tokens;
            case "toolUsePromptTokenCount" -> toolInput = tokens;
            case "completion_tokens", "output_tokens", "candidatesTokenCount", "outputTokens" -> output = tokens;
            case "thoughtsTokenCount" -> thoughts = tokens;
            default -> {}
        }
    }

    /** Known as soon as one side is: an embedding has no output. */
    Optional<Usage> usage() {
        if (input == UNKNOWN && output == UNKNOWN) {
            return Optional.empty();
        }
        long asked = Math.max(0, input) + (cacheReadsCount ? readBesideInput : -readWithinInput);
        long in = Math.max(0, asked) + cacheWrites + toolInput;
        long out = Math.max(0, output) + thoughts;
        Usage usage = Usage.tokens(Math.min(MOST, in), Math.min(MOST, out));
        return Optional.of(microUsd.isPresent() ? usage.withMicroUsd(microUsd.getAsLong()) : usage);
    }
}
