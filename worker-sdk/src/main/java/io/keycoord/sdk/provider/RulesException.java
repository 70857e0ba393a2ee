package io.keycoord.sdk.provider;

/**
 * A file of rules that cannot be used. The message names the file, the place in it, the value that is there and what was
 * expected.
 */
public final class RulesException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    RulesException(String message) {
        super(message);
    }
}
