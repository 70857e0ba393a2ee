package io.keycoord.sdk;

import java.util.Optional;

/**
 * Counts the tokens of a text as a model does. The estimate by characters does without one; give one by {@code
 * CallOptions.withTokenCounter} where limits of tokens are tight and prompts unlike ordinary text.
 *
 * <p>It is asked on the way of every call, by many threads at once, for the texts of a prompt one by one, and for no more
 * than 131,072 characters of one prompt: what is longer is estimated. One that throws, or counts less than nothing, makes
 * the prompt be estimated.
 */
@FunctionalInterface
public interface TokenCounter {

    /**
     * How many tokens the text has.
     *
     * @param model as the request names it; empty if it names none
     */
    long count(Optional<String> model, String text);
}
