package io.keycoord.sdk;

import java.util.List;
import java.util.Optional;

/**
 * What a provider counts of a call's prompt. Immutable.
 *
 * @param uncached whether what was read from its cache does not count
 * @param wholeFor forms of the names of models whose prompts count whole nevertheless; {@code *} stands for any characters
 */
public record InputPolicy(boolean uncached, List<String> wholeFor) {
    /** Every token of the prompt. */
    public static final InputPolicy ALL = new InputPolicy(false, List.of());

    public InputPolicy {
        wholeFor = List.copyOf(wholeFor);
    }

    /** Whether tokens that the model has read from the cache count like others. */
    public boolean countsCacheReads(Optional<String> model) {
        return !uncached || model.filter(this::isWhole).isPresent();
    }

    private boolean isWhole(String model) {
        return wholeFor.stream().map(Wildcard::of).anyMatch(form -> form.matches(model));
    }
}
