package io.keycoord.simulator;

/**
 * A key that the simulator accepts.
 *
 * @param id its public name, used in statistics and faults
 * @param secret the bearer value, 1 to 256 visible ASCII characters; a test value, never a real one
 */
public record SimulatedKey(String id, String secret) {

    /** Refuses an id or a secret that no request could carry. */
    public SimulatedKey {
        Check.id("key id", id);
        Check.that(
                !secret.isEmpty() && secret.length() <= 256 && secret.chars().allMatch(c -> c > ' ' && c < 127),
                () -> "secret of key " + id + " has " + secret.length()
                        + " characters, expected 1 to 256 visible ASCII characters");
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "SimulatedKey[id=" + id + "]";
    }
}
