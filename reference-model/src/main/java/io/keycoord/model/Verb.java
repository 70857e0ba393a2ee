package io.keycoord.model;

import java.util.Locale;

/** The scripts that are modelled; the last two look and change nothing. */
public enum Verb {
    ACQUIRE,
    SETTLE,
    BATCH,
    RENEW,
    OPERATE,
    REVIVE,
    SWITCH,
    LEAVE,
    PRESENT,
    REPORT,
    REGISTER,
    HOLD,
    EXPLAIN,
    INSPECT;

    public String file() {
        return name().toLowerCase(Locale.ROOT);
    }
}
