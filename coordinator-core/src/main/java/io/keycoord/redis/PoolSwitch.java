package io.keycoord.redis;

import java.util.Locale;

/** What an operator lets a whole pool do, from the next acquire of every worker. */
public enum PoolSwitch {
    /** As usual: every limit holds. */
    NORMAL,
    /** Every acquire is denied, with {@link io.keycoord.Acquisition.Reason#SWITCHED_OFF}. */
    DENY,
    /** Workers call without limits, each with its own keys in turn; Redis decides nothing and records nothing. */
    OPEN,
    /** Redis decides and records as usual, but what it denies is called all the same, and counted. */
    SHADOW;

    /** As scripts and people write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static PoolSwitch of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
