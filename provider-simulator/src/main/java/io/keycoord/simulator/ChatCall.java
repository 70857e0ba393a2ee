package io.keycoord.simulator;

/**
 * A call as asked for. The same body always gets the same answer.
 *
 * @param promptTokens what its prompt has
 * @param maxTokens what the answer may have; 0 if it is none of words
 * @param texts how many texts or vectors are asked for, 1 or more
 * @param list whether a stream is one list of JSON instead of events
 * @param includeUsage whether {@code stream_options.include_usage} was set
 * @param completionTokens what the answer will have, 1 to {@code maxTokens} and at most 32,768
 */
record ChatCall(
        Skin skin,
        String model,
        long promptTokens,
        int maxTokens,
        int texts,
        boolean stream,
        boolean list,
        boolean includeUsage,
        int completionTokens) {

    /** What the call is charged at admission; Gemini limits the tokens of prompts alone. */
    long asked() {
        return skin == Skin.CONTENTS ? promptTokens : promptTokens + maxTokens;
    }

    /** What it really uses. */
    long used() {
        return promptTokens + completionTokens;
    }

    /** Whether the answer ends because it may have no more. */
    boolean isCutOff() {
        return completionTokens == maxTokens;
    }
}
