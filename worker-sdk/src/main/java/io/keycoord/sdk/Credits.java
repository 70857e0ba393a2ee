package io.keycoord.sdk;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.Optional;

/**
 * What a provider says of the money of an account. Immutable.
 *
 * @param total what was ever paid in, in US dollars
 * @param used what was ever spent, in US dollars
 */
public record Credits(BigDecimal total, BigDecimal used) {
    public Credits {
        Objects.requireNonNull(total, "total");
        Objects.requireNonNull(used, "used");
    }

    /**
     * Reads the answer of the provider.
     *
     * @return empty if it does not tell both sums
     */
    public static Optional<Credits> read(byte[] json) {
        JsonNode data = ErrorAnswer.parse(json).path("data");
        Optional<BigDecimal> used = KeyReport.money(data.path("total_usage"));
        return KeyReport.money(data.path("total_credits")).flatMap(total -> used.map(sum -> new Credits(total, sum)));
    }

    /** What is left, in US dollars; less than zero for debts. */
    public BigDecimal balance() {
        return total.subtract(used);
    }
}
