package io.keycoord.sdk.provider;

import com.fasterxml.jackson.databind.JsonNode;
import io.keycoord.sdk.Effect;
import io.keycoord.sdk.FaultClass;
import io.keycoord.sdk.OtherKey;
import io.keycoord.sdk.Rule;
import io.keycoord.sdk.Rule.Trait;
import io.keycoord.sdk.WaitRule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads the lists of rules of one file. */
final class RuleReader {
    private static final Pattern ROW = Pattern.compile("[A-Za-z0-9_.-]{1,32}");
    private static final Map<String, Trait> TRAITS = Map.of(
            "sameKey", Trait.SAME_KEY,
            "ambiguous", Trait.AMBIGUOUS,
            "chargeKept", Trait.CHARGE_KEPT,
            "alert", Trait.ALERT);
    private static final Set<String> FIELDS = Set.of(
            "row",
            "why",
            "match",
            "fault",
            "effect",
            "wait",
            "otherKey",
            "sameKey",
            "ambiguous",
            "chargeKept",
            "alert");

    private final Map<JsonNode, String> seen = new HashMap<>();

    /** The rules of a list; none if it is missing. */
    List<Rule> rules(Part file, String list, Trait... traits) {
        List<Rule> rules = new ArrayList<>();
        file.field(list)
                .ifPresent(part -> part.elements("a list of rules").forEach(rule -> rules.add(rule(rule, traits))));
        return rules;
    }

    private Rule rule(Part unnamed, Trait... traits) {
        String row = unnamed.fields(FIELDS)
                .needed("row", "its name")
                .text(ROW.asMatchPredicate(), "1 to 32 letters, digits, '_', '.' and '-'");
        Part part = unnamed.called(unnamed.path() + " (row " + row + ")");
        part.field("why").ifPresent(why -> why.text(text -> !text.isBlank(), "a sentence"));
        Part match = part.needed("match", "the answers that it is about");
        var condition = MatchReader.read(match);
        refuseRepeated(part, match.value());
        Effect effect = part.needed("effect", "what it does to the key").word(Effect.class);
        return new Rule(
                row,
                part.needed("fault", "what went wrong").word(FaultClass.class),
                effect,
                condition,
                wait(part, effect),
                part.field("otherKey").map(key -> key.word(OtherKey.class)).orElse(OtherKey.NONE),
                traits(part, traits));
    }

    /** The first of two would always win. */
    private void refuseRepeated(Part rule, JsonNode match) {
        String before = seen.putIfAbsent(match, rule.path());
        if (before != null) {
            throw new RulesException(
                    rule.file() + ": " + rule.path() + " is never reached: " + before + " matches the same");
        }
    }

    private static WaitRule wait(Part rule, Effect effect) {
        WaitRule wait = rule.field("wait").map(WaitReader::read).orElse(WaitRule.fixed(Duration.ZERO));
        if (effect.needsWait() && wait.isNothing()) {
            throw new RulesException(rule.file() + ": " + rule.path() + " rests for no time, expected a field \"wait\" "
                    + "of more than 0s for this effect");
        }
        return wait;
    }

    private static Set<Trait> traits(Part rule, Trait... more) {
        Set<Trait> traits = EnumSet.noneOf(Trait.class);
        traits.addAll(List.of(more));
        TRAITS.forEach((field, trait) -> {
            if (rule.field(field).filter(Part::isTrue).isPresent()) {
                traits.add(trait);
            }
        });
        return traits;
    }
}
