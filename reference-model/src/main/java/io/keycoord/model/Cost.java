package io.keycoord.model;

/** What a call takes, or has used: tokens, and money in millionths of a dollar. Below 0: unknown. */
public record Cost(long input, long output, long money) {
    public static final Cost UNKNOWN = new Cost(-1, -1, -1);

    public static Cost tokens(long input) {
        return new Cost(input, 0, 0);
    }

    public long tokens() {
        return input < 0 || output < 0 ? -1 : input + output;
    }

    /** By the words of {@code lua/lib/limit.lua}. */
    public long of(String dimension) {
        return switch (dimension) {
            case "requests" -> 1;
            case "tokens" -> tokens();
            case "input_tokens" -> input;
            case "output_tokens" -> output;
            case "money" -> money;
            default -> throw new IllegalArgumentException("dimension is " + dimension);
        };
    }
}
