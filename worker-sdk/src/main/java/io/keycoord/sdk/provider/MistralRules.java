package io.keycoord.sdk.provider;

import static io.keycoord.sdk.Match.status;
import static io.keycoord.sdk.Rule.rule;

import io.keycoord.sdk.Effect;
import io.keycoord.sdk.FaultClass;
import io.keycoord.sdk.OtherKey;
import io.keycoord.sdk.Rule;
import java.util.List;

/** Mistral answers 401 for an exhausted plan too, so that its keys are rested and never disabled for it. */
final class MistralRules {

    static final List<Rule> RULES = GenericRules.after(List.of(rule("MI3", FaultClass.AUTH, Effect.SUSPECT)
            .when(status(401))
            .otherKey(OtherKey.ANY)
            .alert()));

    private MistralRules() {}
}
