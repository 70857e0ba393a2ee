package io.keycoord.sdk;

import com.fasterxml.jackson.databind.JsonNode;
import io.keycoord.Dimension;
import io.keycoord.Outcome.Block;
import io.keycoord.Outcome.Scope;
import io.keycoord.ReportedLimit;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a provider says of the key that asks. Each field is empty if it was not told, or is not what was expected.
 * Immutable.
 *
 * @param label the key's name at the provider, a masked text
 * @param requests how many requests an interval admits by a field that the provider calls deprecated; negative for none
 * @param interval that interval, as written
 * @param usage what the key has spent, in US dollars
 * @param limit what it may spend, in US dollars; empty for no limit
 * @param remaining what is left of that
 * @param reset the period of the limit, for example {@code monthly}; empty for one that never begins anew
 * @param budget what is left of the tightest budget that applies to the key, its own or that of its workspace, in US dollars
 * @param freeTier whether its account never paid
 * @param freeUsed how many requests for free models its account has made today
 * @param freeLimit how many it may make on a day
 * @param freeRemaining how many are left today
 */
public record KeyReport(
        Optional<String> label,
        Optional<Long> requests,
        Optional<String> interval,
        Optional<BigDecimal> usage,
        Optional<BigDecimal> limit,
        Optional<BigDecimal> remaining,
        Optional<String> reset,
        Optional<BigDecimal> budget,
        Optional<Boolean> freeTier,
        Optional<Long> freeUsed,
        Optional<Long> freeLimit,
        Optional<Long> freeRemaining) {
    private static final int LONGEST_TEXT = 64;
    private static final double MOST = 1e12;

    /**
     * Reads the answer of the provider.
     *
     * @return empty if it is not an object with {@code data}
     */
    public static Optional<KeyReport> read(byte[] json) {
        JsonNode data = ErrorAnswer.parse(json).path("data");
        return data.isObject() ? Optional.of(of(data)) : Optional.empty();
    }

    private static KeyReport of(JsonNode data) {
        JsonNode rate = data.path("rate_limit");
        JsonNode free = data.path("free_model_daily_requests");
        return new KeyReport(
                text(data.path("label")),
                count(rate.path("requests")),
                text(rate.path("interval")),
                money(data.path("usage")),
                money(data.path("limit")),
                money(data.path("limit_remaining")),
                text(data.path("limit_reset")),
                money(data.path("effective_budget").path("remaining_usd")),
                Optional.of(data.path("is_free_tier"))
                        .filter(JsonNode::isBoolean)
                        .map(JsonNode::booleanValue),
                count(free.path("used")),
                count(free.path("limit")),
                count(free.path("remaining")));
    }

    private static Optional<String> text(JsonNode node) {
        return Optional.of(node)
                .filter(JsonNode::isTextual)
                .map(JsonNode::textValue)
                .map(text -> text.substring(0, Math.min(text.length(), LONGEST_TEXT)));
    }

    private static Optional<Long> count(JsonNode node) {
        return Optional.of(node).filter(KeyReport::isSane).map(JsonNode::longValue);
    }

    /** A sum that makes sense. */
    static Optional<BigDecimal> money(JsonNode node) {
        return Optional.of(node).filter(KeyReport::isSane).map(number -> BigDecimal.valueOf(number.doubleValue()));
    }

    private static boolean isSane(JsonNode node) {
        return node.isNumber() && Math.abs(node.doubleValue()) <= MOST;
    }

    /** How long the key is of no use because its own limit is spent; empty if it is not, or nothing is known. */
    public Optional<Block> rest(Instant now) {
        Duration untilReset = reset.flatMap(word -> UtcPeriod.of(word::equals))
                .map(period -> period.untilEnd(now))
                .orElse(WaitRule.BUDGET_WITHOUT_PERIOD);
        return remaining.filter(left -> left.signum() <= 0).map(left -> new Block(Scope.KEY, untilReset));
    }

    /** What is left today of the account's requests for free models, if that is known. */
    public Optional<ReportedLimit> freeModelsToday() {
        OptionalLong most = freeLimit.filter(limit -> limit > 0).stream()
                .mapToLong(Long::longValue)
                .findFirst();
        // Refused requests count too, so that more may be used than there is.
        return freeRemaining.map(
                left -> new ReportedLimit(Dimension.REQUESTS, Duration.ofDays(1), most, Math.max(0, left)));
    }
}
