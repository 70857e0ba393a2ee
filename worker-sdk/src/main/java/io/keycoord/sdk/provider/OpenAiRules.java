package io.keycoord.sdk.provider;

import static io.keycoord.sdk.Match.says;
import static io.keycoord.sdk.Match.status;
import static io.keycoord.sdk.Match.word;
import static io.keycoord.sdk.Match.wordStarts;
import static io.keycoord.sdk.Rule.rule;

import io.keycoord.sdk.Effect;
import io.keycoord.sdk.FaultClass;
import io.keycoord.sdk.OtherKey;
import io.keycoord.sdk.Rule;
import java.time.Duration;
import java.util.List;

/** OpenAI's errors. Limits are the organisation's and the project's; refused calls count, also their tokens. */
final class OpenAiRules {

    private static final Duration ONE_HOUR = Duration.ofHours(1);

    static final List<Rule> RULES = GenericRules.after(List.of(
            // Money and quota words come before all else.
            rule("OA8", FaultClass.BUDGET, Effect.BLOCK_KEY)
                    .when(status(429))
                    .when(word("code", "project_spend_limit_exceeded"))
                    .waits(ONE_HOUR)
                    .otherKey(OtherKey.ANY)
                    .alert(),
            rule("OA9", FaultClass.MONEY, Effect.BLOCK_ACCOUNT)
                    .when(status(402, 403, 429))
                    .when(word("type", "insufficient_quota")
                            .or(word("code", "insufficient_quota", "credit_balance_exhausted"))
                            .or(wordStarts("code", "organization_"))
                            .or(wordStarts("code", "billing_")))
                    .waits(GenericRules.MONEY_WAIT)
                    .otherKey(OtherKey.OTHER_ACCOUNT)
                    .alert(),
            rule("OA3", FaultClass.ACCOUNT_DEAD, Effect.SUSPECT_ACCOUNT)
                    .when(status(401, 403))
                    .when(word("code", "account_deactivated", "access_terminated"))
                    .waits(ONE_HOUR)
                    .otherKey(OtherKey.OTHER_ACCOUNT)
                    .alert(),
            rule("OA1", FaultClass.KEY_INVALID, Effect.SUSPECT_THEN_DEAD)
                    .when(status(401))
                    .when(word("code", "invalid_api_key"))
                    .otherKey(OtherKey.ANY)
                    .alert(),
            rule("OA2", FaultClass.CONFIG, Effect.SUSPECT)
                    .when(status(401))
                    .when(word("code", "ip_not_authorized", "mismatched_organization")
                            .or(says("member of an organization", "ip not authorized", "ip address", "allowlist")))
                    .otherKey(OtherKey.ANY)
                    .alert(),
            rule("OA4", FaultClass.POLICY, Effect.CALLER)
                    .when(status(403))
                    .when(word("code", "unsupported_country_region_territory").or(says("country")))
                    .alert(),
            // About this key and this model, for which there is no block: the key stays in use for other models.
            rule("OA5", FaultClass.MODEL_ACCESS, Effect.CALLER)
                    .when(status(404))
                    .when(word("code", "model_not_found"))
                    .otherKey(OtherKey.ANY_ONCE),
            rule("OA7", FaultClass.TOO_LARGE, Effect.CALLER)
                    .when(status(413, 429))
                    .when(says("request too large"))
                    .otherKey(OtherKey.OTHER_ACCOUNT),
            rule("OA10", FaultClass.RAMP, Effect.SLOW_DOWN)
                    .when(status(429))
                    .when(word("code", "slow_down"))
                    .waitsAsTold(GenericRules.RATE_LIMIT_WAIT)
                    .otherKey(OtherKey.OTHER_ACCOUNT)
                    .sameKey()
                    .chargeKept(),
            rule("OA6", FaultClass.RATE_LIMIT, Effect.BLOCK_MODELS)
                    .when(status(429))
                    .when(word("type", "requests", "tokens").or(word("code", "rate_limit_exceeded")))
                    .waitsAsTold(GenericRules.RATE_LIMIT_WAIT)
                    .otherKey(OtherKey.OTHER_ACCOUNT)
                    .sameKey()
                    .chargeKept(),
            rule("OA11", FaultClass.UNAVAILABLE, Effect.PROVIDER)
                    .when(status(500, 502, 503, 504))
                    .waitsAsTold(Duration.ZERO)
                    .sameKey(),
            rule("OA12", FaultClass.BAD_REQUEST, Effect.CALLER).when(status(400))));

    private OpenAiRules() {}
}
