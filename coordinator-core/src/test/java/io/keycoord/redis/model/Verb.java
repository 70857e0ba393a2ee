package io.keycoord.redis.model;

import java.util.Locale;

/** The scripts that programs call. */
enum Verb {
    ACQUIRE,
    SETTLE,
    BATCH,
    RENEW,
    OPERATE,
    SWITCH,
    LEAVE,
    REPORT,
    REGISTER;

    String file() {
        return name().toLowerCase(Locale.ROOT);
    }
}
