package io.keycoord.sdk.provider;

import static io.keycoord.sdk.Match.availability;
import static io.keycoord.sdk.Match.field;
import static io.keycoord.sdk.Match.flag;
import static io.keycoord.sdk.Match.relayed;
import static io.keycoord.sdk.Match.says;
import static io.keycoord.sdk.Match.status;
import static io.keycoord.sdk.Match.statusFrom;
import static io.keycoord.sdk.Match.word;
import static io.keycoord.sdk.Match.wordStarts;
import static io.keycoord.sdk.Rule.rule;

import io.keycoord.sdk.Effect;
import io.keycoord.sdk.FaultClass;
import io.keycoord.sdk.OtherKey;
import io.keycoord.sdk.Rule;
import java.time.Duration;
import java.util.List;

/**
 * OpenRouter's errors. It relays the errors of the providers behind it: those are never held against a key, for the key
 * was good enough to get there. The order matters: availability and limit words, moderation, the relay's mark, error
 * types, messages, and the status last.
 */
final class OpenRouterRules {

    private static final Duration CAPACITY_WAIT = Duration.ofSeconds(30);
    private static final Duration UPSTREAM_WAIT = Duration.ofSeconds(10);
    private static final Duration RELAYED_AUTH_WAIT = Duration.ofSeconds(60);

    static final List<Rule> RULES = GenericRules.after(List.of(
            // Availability words.
            capacity().when(availability("capacity_exhausted")),
            unavailable().when(availability("temporarily_unavailable")),
            rule("OR16", FaultClass.POLICY, Effect.CALLER).when(availability("region_restricted")),
            rule("OR17", FaultClass.BAD_REQUEST, Effect.CALLER)
                    .when(availability("model_deprecated", "free_variant_ended"))
                    .alert(),
            rule("OR17", FaultClass.BAD_REQUEST, Effect.CALLER)
                    .when(status(400, 404))
                    .when(field("availability")),
            // Limit words.
            freeMinute().when(word("limit_source", "openrouter_free_tier_per_minute")),
            freeDay().when(word("limit_source", "openrouter_free_tier_daily")),
            capacity().when(word("limit_source", "openrouter_shared_capacity")),
            upstreamLimit().when(word("limit_source", "upstream_provider_shared_pool")),
            rule("OR10", FaultClass.MONEY_TRANSIENT, Effect.BLOCK_ACCOUNT)
                    .when(word("reason", "in_flight_budget_exhausted")
                            .or(word("limit_source", "openrouter_in_flight_budget")))
                    .waitsAsTold(Duration.ofSeconds(5))
                    .otherKey(OtherKey.OTHER_ACCOUNT)
                    .sameKey(),
            tooExpensive().when(word("reason", "weight_exceeds_budget")),
            money().when(word("limit_source", "openrouter_credits")),
            keyBudget().when(word("limit_source", "openrouter_key_limit")),
            budget().when(word("limit_source", "openrouter_workspace_budget", "openrouter_guardrail_budget")),
            // Moderation names a provider too, and is about the content.
            policy().when(field("reasons").or(field("patterns"))),
            policy().when(word("error_type", "content_policy_violation", "refusal")),
            // Relayed from a provider behind.
            rule("OR3", FaultClass.RELAYED_AUTH, Effect.BLOCK_MODELS)
                    .when(status(401, 402, 403))
                    .when(relayed())
                    .when(flag("is_byok"))
                    .waits(RELAYED_AUTH_WAIT)
                    .sameKey()
                    .alert(),
            rule("OR3", FaultClass.RELAYED_AUTH, Effect.BLOCK_ENDPOINT)
                    .when(status(401, 402, 403))
                    .when(relayed())
                    .waits(RELAYED_AUTH_WAIT)
                    .sameKey(),
            rule("OR5", FaultClass.UPSTREAM_LIMIT, Effect.BLOCK_MODELS)
                    .when(status(429))
                    .when(relayed())
                    .when(flag("is_byok"))
                    .waitsAsTold(UPSTREAM_WAIT)
                    .sameKey(),
            upstreamLimit().when(status(429)).when(relayed()),
            rule("OR19", FaultClass.UNAVAILABLE, Effect.BLOCK_ENDPOINT)
                    .when(status(408).or(statusFrom(500)))
                    .when(relayed())
                    .waitsAsTold(Duration.ZERO)
                    .sameKey()
                    .chargeKept(),
            rule("OR4", FaultClass.BAD_REQUEST, Effect.CALLER).when(relayed()),
            // Messages of bodies without words, and what is left.
            rule("OR2", FaultClass.CLIENT_BUG, Effect.CALLER)
                    .when(status(401))
                    .when(says("no auth credentials", "missing authentication header"))
                    .alert(),
            rule("OR1", FaultClass.KEY_INVALID, Effect.SUSPECT_THEN_DEAD)
                    .when(status(401))
                    .when(says("user not found").or(word("error_type", "authentication")))
                    .otherKey(OtherKey.ANY)
                    .alert(),
            tooExpensive().when(status(402)).when(says("fewer max_tokens")),
            money().when(status(402)),
            keyBudget().when(status(403)).when(says("key limit exceeded")),
            budget().when(status(403)).when(says("budget")).when(field("resets_at")),
            freeMinute().when(status(429)).when(says("free-models-per-min")),
            freeDay().when(status(429)).when(says("free-models-per-day")),
            modelLimit().when(status(429)).when(says("limit_rpm/")).sameKey(),
            modelLimit().when(status(429)).when(says("limit_rpd/")),
            capacity().when(status(429)).when(says("high demand for")),
            unavailable().when(wordStarts("error_type", "provider_")),
            unavailable().when(status(502, 503, 504, 524, 529)),
            rule("OR18", FaultClass.SERVER, Effect.PROVIDER)
                    .when(status(500).or(word("error_type", "server")))
                    .otherKey(OtherKey.ANY_ONCE)
                    .sameKey()));

    private OpenRouterRules() {}

    private static Rule freeMinute() {
        return rule("OR6", FaultClass.RATE_LIMIT, Effect.BLOCK_MODELS)
                .waitsAsTold(Duration.ofMinutes(1))
                .otherKey(OtherKey.OTHER_ACCOUNT)
                .sameKey();
    }

    private static Rule freeDay() {
        return rule("OR7", FaultClass.DAY_QUOTA, Effect.BLOCK_MODELS)
                .waitsForWindow()
                .otherKey(OtherKey.OTHER_ACCOUNT);
    }

    private static Rule capacity() {
        return rule("OR8", FaultClass.CAPACITY, Effect.BLOCK_ENDPOINT)
                .waitsAsTold(CAPACITY_WAIT)
                .sameKey();
    }

    private static Rule modelLimit() {
        return rule("OR9", FaultClass.RATE_LIMIT, Effect.BLOCK_MODELS)
                .waitsAsTold(Duration.ofMinutes(1))
                .otherKey(OtherKey.OTHER_ACCOUNT);
    }

    private static Rule upstreamLimit() {
        return rule("OR5", FaultClass.UPSTREAM_LIMIT, Effect.BLOCK_ENDPOINT)
                .waitsAsTold(UPSTREAM_WAIT)
                .sameKey();
    }

    private static Rule tooExpensive() {
        return rule("OR11", FaultClass.TOO_EXPENSIVE, Effect.NOBODY).otherKey(OtherKey.OTHER_ACCOUNT);
    }

    private static Rule money() {
        return rule("OR12", FaultClass.MONEY, Effect.BLOCK_ACCOUNT)
                .waits(GenericRules.MONEY_WAIT)
                .otherKey(OtherKey.OTHER_ACCOUNT)
                .alert();
    }

    private static Rule keyBudget() {
        return rule("OR13", FaultClass.KEY_BUDGET, Effect.BLOCK_KEY)
                .waitsForBudget()
                .otherKey(OtherKey.ANY)
                .alert();
    }

    /** Every key of the workspace learns it for itself: which keys share a workspace is not known here. */
    private static Rule budget() {
        return rule("OR14", FaultClass.BUDGET, Effect.BLOCK_KEY)
                .waitsForBudget()
                .otherKey(OtherKey.OTHER_ACCOUNT)
                .alert();
    }

    private static Rule policy() {
        return rule("OR15", FaultClass.POLICY, Effect.CALLER);
    }

    private static Rule unavailable() {
        return rule("OR19", FaultClass.UNAVAILABLE, Effect.PROVIDER)
                .waitsAsTold(Duration.ZERO)
                .sameKey();
    }
}
