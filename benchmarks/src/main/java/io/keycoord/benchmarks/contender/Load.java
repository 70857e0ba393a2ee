package io.keycoord.benchmarks.contender;

/**
 * What every contender has to serve: accounts of one key each, with limits of requests, tokens and concurrency so wide
 * that nothing is denied.
 *
 * @param accounts how many, 1 to 100,000
 * @param threads callers at a time, 1 to 256
 */
public record Load(int accounts, int threads) {
    /** Requests a minute of each account. */
    static final long REQUESTS = 6_000_000;
    /** Tokens a minute of each account. */
    static final long TOKENS = 100_000_000;
    /** Calls in flight of each account. */
    static final int CONCURRENCY = 100_000;

    static final int INPUT_TOKENS = 200;
    static final int RESERVED_OUTPUT_TOKENS = 300;
    static final int USED_OUTPUT_TOKENS = 100;

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public Load {
        require("accounts", accounts, 100_000);
        require("threads", threads, 256);
    }

    private static void require(String what, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(what + " is " + value + ", expected 1 to " + most);
        }
    }
}
