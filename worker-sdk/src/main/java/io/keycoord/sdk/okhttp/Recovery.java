package io.keycoord.sdk.okhttp;

import io.keycoord.SuspendedKey;
import io.keycoord.sdk.Credits;
import io.keycoord.sdk.FaultClass;
import io.keycoord.sdk.KeyReport;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Which of the causes for which a key is out of service the provider can be asked about, and which it says are over. */
final class Recovery {
    private static final Set<String> CREDENTIAL =
            words(EnumSet.of(FaultClass.KEY_INVALID, FaultClass.KEY_LEAKED, FaultClass.AUTH, FaultClass.ACCOUNT_DEAD));
    private static final Set<String> CAP = words(EnumSet.of(FaultClass.KEY_BUDGET));
    private static final Set<String> BUDGET = words(EnumSet.of(FaultClass.BUDGET));
    private static final Set<String> MONEY = words(EnumSet.of(FaultClass.MONEY));

    /** What {@code keycoord limits --apply} says of a key whose own limit is spent. */
    private static final String REPORTED_SPENT = "budget_spent";

    private Recovery() {}

    private static Set<String> words(Set<FaultClass> faults) {
        return faults.stream()
                .map(fault -> fault.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    /** The causes that the provider can be asked about; empty if there is none. */
    static Set<String> askable(SuspendedKey key) {
        return chosen(
                key.causes(),
                cause -> isOf(CREDENTIAL, cause) || isCap(cause) || isOf(BUDGET, cause) || isMoney(cause));
    }

    /** Whether the money of the account is one of them. */
    static boolean asksForCredits(Set<String> causes) {
        return causes.stream().anyMatch(Recovery::isMoney);
    }

    /** Whether only what all keys of an account share keeps a key out. */
    static boolean isOfAccount(SuspendedKey key) {
        return key.inService() && askable(key).stream().allMatch(Recovery::isMoney);
    }

    /** Of some causes those that are over by what the provider has told. A key without money left is not well again. */
    static Set<String> over(Set<String> causes, KeyReport report, Optional<Credits> credits, Instant now) {
        boolean spent =
                report.rest(now).isPresent() || isSpent(report.budget()) || isSpent(credits.map(Credits::balance));
        if (spent) {
            return Set.of();
        }
        boolean capOpen = report.remaining().isPresent() || report.limit().isEmpty();
        return chosen(
                causes,
                cause -> isOf(CREDENTIAL, cause)
                        || (isCap(cause) && capOpen)
                        || (isOf(BUDGET, cause) && report.budget().isPresent())
                        || (isMoney(cause) && credits.isPresent()));
    }

    private static boolean isSpent(Optional<BigDecimal> left) {
        return left.filter(sum -> sum.signum() <= 0).isPresent();
    }

    private static boolean isCap(String cause) {
        return cause.equals(REPORTED_SPENT) || isOf(CAP, cause);
    }

    private static boolean isMoney(String cause) {
        return isOf(MONEY, cause);
    }

    /** {@code key_invalid}, or {@code http_401_key_invalid}. */
    private static boolean isOf(Set<String> words, String cause) {
        return words.contains(cause.replaceFirst("^http_\\d+_", ""));
    }

    private static Set<String> chosen(Set<String> causes, Predicate<String> which) {
        return causes.stream().filter(which).collect(Collectors.toSet());
    }
}
