package io.keycoord.sdk.provider;

import static io.keycoord.sdk.Match.exhausted;
import static io.keycoord.sdk.Match.says;
import static io.keycoord.sdk.Match.status;
import static io.keycoord.sdk.Rule.rule;

import io.keycoord.sdk.Effect;
import io.keycoord.sdk.FaultClass;
import io.keycoord.sdk.OtherKey;
import io.keycoord.sdk.Rule;
import java.util.List;

/** Anthropic refuses growth that is too sudden like a limit that is used up; its message tells, and what is left. */
final class AnthropicRules {

    static final List<Rule> RULES = GenericRules.after(List.of(rule("AN9", FaultClass.RAMP, Effect.SLOW_DOWN)
            .when(status(429))
            .when(says("accelerat"))
            .when(exhausted("anthropic-ratelimit-").negate())
            .waitsAsTold(GenericRules.RATE_LIMIT_WAIT)
            .otherKey(OtherKey.OTHER_ACCOUNT)
            .sameKey()));

    private AnthropicRules() {}
}
