package io.keycoord;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Objects;

/**
 * A provider's API key. Printing it, logging it or failing with it never shows it: {@link #toString} is a mask with at
 * most the last four characters.
 */
public final class ApiSecret {
    private static final int LONG_ENOUGH_FOR_A_HINT = 20;

    private final String value;

    private ApiSecret(String value) {
        this.value = value;
    }

    /**
     * Wraps a secret.
     *
     * @throws IllegalArgumentException if it is empty or holds blanks or control characters, which no header can carry
     */
    public static ApiSecret of(String value) {
        Objects.requireNonNull(value, "value");
        if (value.isEmpty() || !value.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new IllegalArgumentException(
                    "the secret has " + value.length() + " characters, expected printable ASCII without blanks");
        }
        return new ApiSecret(value);
    }

    /** The secret itself. Only the code that writes the request header may call this. */
    public String reveal() {
        return value;
    }

    /** The mask: {@code …wxyz} for a secret of 20 characters or more, else {@code ****}. */
    public String hint() {
        return value.length() >= LONG_ENOUGH_FOR_A_HINT ? "…" + value.substring(value.length() - 4) : "****";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ApiSecret that
                && MessageDigest.isEqual(
                        value.getBytes(StandardCharsets.UTF_8), that.value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return hint();
    }
}
