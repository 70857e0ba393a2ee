package io.keycoord.sdk.openrouter;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;

/**
 * A key as a management key sees it, without its secret. Sums are in US dollars, and zero if they were not told. Immutable.
 *
 * @param hash by which it is known, which is no secret
 * @param name what it was called
 * @param label its secret, masked
 * @param disabled whether it was switched off
 * @param limit what it may spend; empty for no limit
 * @param limitRemaining what is left of that
 * @param limitReset when that begins anew; empty for never
 * @param includeByokInLimit whether spending with keys of one's own at providers counts into the limit
 * @param usage what it has spent
 * @param byokUsage the same with keys of one's own at providers
 * @param createdAt when it was made
 * @param expiresAt until when it is good; empty for ever
 */
public record ManagedKey(
        String hash,
        String name,
        String label,
        boolean disabled,
        Optional<BigDecimal> limit,
        Optional<BigDecimal> limitRemaining,
        Optional<LimitReset> limitReset,
        boolean includeByokInLimit,
        BigDecimal usage,
        BigDecimal byokUsage,
        Optional<Instant> createdAt,
        Optional<Instant> expiresAt) {

    static ManagedKey of(JsonNode data) {
        return new ManagedKey(
                data.path("hash").asText(""),
                Json.text(data.path("name")).orElse(""),
                Json.text(data.path("label")).orElse(""),
                data.path("disabled").asBoolean(false),
                money(data.path("limit")),
                money(data.path("limit_remaining")),
                Json.text(data.path("limit_reset")).flatMap(LimitReset::of),
                data.path("include_byok_in_limit").asBoolean(false),
                money(data.path("usage")).orElse(BigDecimal.ZERO),
                money(data.path("byok_usage")).orElse(BigDecimal.ZERO),
                Json.text(data.path("created_at")).flatMap(ManagedKey::instant),
                Json.text(data.path("expires_at")).flatMap(ManagedKey::instant));
    }

    private static Optional<BigDecimal> money(JsonNode node) {
        return node.isNumber() ? Optional.of(node.decimalValue()) : Optional.empty();
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
