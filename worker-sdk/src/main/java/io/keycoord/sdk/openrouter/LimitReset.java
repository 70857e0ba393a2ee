package io.keycoord.sdk.openrouter;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** When the money that a key may spend begins anew: at 00:00 UTC, of the week on Monday, of the month on its first day. */
public enum LimitReset {
    DAILY,
    WEEKLY,
    MONTHLY;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<LimitReset> of(String word) {
        return Arrays.stream(values()).filter(each -> each.word().equals(word)).findFirst();
    }
}
