package io.keycoord.sdk.provider;

import static io.keycoord.sdk.Match.edgePage;
import static io.keycoord.sdk.Match.status;
import static io.keycoord.sdk.Match.statusFrom;
import static io.keycoord.sdk.Rule.rule;

import io.keycoord.sdk.Effect;
import io.keycoord.sdk.FaultClass;
import io.keycoord.sdk.OtherKey;
import io.keycoord.sdk.Rule;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** What a status means when nothing more is known. The other providers' rules end with these. */
final class GenericRules {

    static final Duration RATE_LIMIT_WAIT = Duration.ofSeconds(5);
    static final Duration MONEY_WAIT = Duration.ofMinutes(15);

    /** A page is no answer of the provider's API, whatever its status. */
    private static final Rule EDGE = rule("G7", FaultClass.EDGE, Effect.NOBODY)
            .when(status(403, 429, 503))
            .when(edgePage())
            .waitsAsTold(Duration.ofSeconds(10))
            .sameKey();

    private static final List<Rule> BY_STATUS = List.of(
            rule("G2", FaultClass.AUTH, Effect.SUSPECT_THEN_DEAD)
                    .when(status(401))
                    .otherKey(OtherKey.ANY)
                    .alert(),
            rule("G3", FaultClass.MONEY, Effect.BLOCK_ACCOUNT)
                    .when(status(402))
                    .waits(MONEY_WAIT)
                    .otherKey(OtherKey.OTHER_ACCOUNT)
                    .alert(),
            // The key may lack permission for this model alone, so it is not rested for all models.
            rule("G4", FaultClass.FORBIDDEN, Effect.KEY_ERROR).when(status(403)).otherKey(OtherKey.ANY_ONCE),
            rule("G5", FaultClass.TIMEOUT, Effect.PROVIDER)
                    .when(status(408))
                    .otherKey(OtherKey.ANY)
                    .sameKey()
                    .ambiguous(),
            rule("G6", FaultClass.RATE_LIMIT, Effect.BLOCK_MODELS)
                    .when(status(429))
                    .waitsAsTold(RATE_LIMIT_WAIT)
                    .otherKey(OtherKey.OTHER_ACCOUNT)
                    .sameKey(),
            rule("G8", FaultClass.SERVER, Effect.PROVIDER)
                    .when(status(500))
                    .otherKey(OtherKey.ANY_ONCE)
                    .sameKey(),
            rule("G9", FaultClass.UNAVAILABLE, Effect.PROVIDER)
                    .when(statusFrom(501))
                    .waitsAsTold(Duration.ZERO)
                    .sameKey(),
            rule("G1", FaultClass.BAD_REQUEST, Effect.CALLER));

    static final List<Rule> RULES = after(List.of());

    private GenericRules() {}

    /** Pages first, then a provider's own rules, then what the status says. */
    static List<Rule> after(List<Rule> own) {
        return Stream.of(List.of(EDGE), own, BY_STATUS).flatMap(List::stream).toList();
    }
}
