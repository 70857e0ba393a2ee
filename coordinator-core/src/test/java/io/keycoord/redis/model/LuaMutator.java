package io.keycoord.redis.model;

import io.keycoord.redis.model.LuaToken.Kind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes the mistakes that a programmer might make in a Lua text, one at a time: a comparison that is off by the equal
 * case or turned around, {@code and} for {@code or}, min for max, floor for ceil, plus for minus, a number one too large
 * or too small, a condition the wrong way round, a line left out.
 */
final class LuaMutator {
    private static final Map<String, String> SWAPS = Map.ofEntries(
            Map.entry("<", "<="),
            Map.entry("<=", "<"),
            Map.entry(">", ">="),
            Map.entry(">=", ">"),
            Map.entry("==", "~="),
            Map.entry("~=", "=="),
            Map.entry("and", "or"),
            Map.entry("or", "and"),
            Map.entry("+", "-"));
    private static final Map<String, String> MATH =
            Map.of("min", "max", "max", "min", "floor", "ceil", "ceil", "floor");
    private static final Set<String> OPEN = Set.of("(", "{", "[", "function");
    private static final Set<String> CLOSE = Set.of(")", "}", "]", "end");

    private final String file;
    private final String text;
    private final List<String> lines;
    private final List<LuaToken> tokens;
    private final List<Mutant> mutants = new ArrayList<>();

    private LuaMutator(String file, String text) {
        this.file = file;
        this.text = text;
        this.lines = text.lines().toList();
        this.tokens = LuaToken.of(text);
    }

    static List<Mutant> mutants(String file, String text) {
        LuaMutator mutator = new LuaMutator(file, text);
        for (int i = 0; i < mutator.tokens.size(); i++) {
            mutator.word(i);
            mutator.condition(i);
            mutator.line(i);
        }
        return mutator.mutants;
    }

    private void word(int i) {
        LuaToken token = tokens.get(i);
        String swap = SWAPS.get(token.text());
        if (swap != null && token.kind() != Kind.STRING && token.kind() != Kind.NAME) {
            add(token, token.to(), swap, occurrence(token) + " -> " + swap);
        } else if (token.is("-") && i > 0 && tokens.get(i - 1).endsExpression()) {
            add(token, token.to(), "+", occurrence(token) + " -> +");
        } else if (token.kind() == Kind.NUMBER) {
            number(token, 1);
            number(token, -1);
        } else if (token.kind() == Kind.NAME && MATH.containsKey(token.text()) && isMath(i)) {
            String other = MATH.getOrDefault(token.text(), "");
            add(token, token.to(), other, occurrence(token) + " -> " + other);
        }
    }

    private boolean isMath(int i) {
        return i > 1 && tokens.get(i - 1).is(".") && tokens.get(i - 2).is("math");
    }

    private void number(LuaToken token, int more) {
        String other =
                new BigDecimal(token.text()).add(BigDecimal.valueOf(more)).toPlainString();
        // A number that follows a minus would make a comment of its own sign.
        add(
                token,
                token.to(),
                more < 0 && other.startsWith("-") ? "(" + other + ")" : other,
                occurrence(token) + " -> " + other);
    }

    /** The word, and which of its like in the line it is if there are more than one. */
    private String occurrence(LuaToken token) {
        List<LuaToken> same = tokens.stream()
                .filter(other -> other.line() == token.line() && other.is(token.text()))
                .toList();
        return same.size() == 1 ? token.text() : token.text() + " (" + (same.indexOf(token) + 1) + ")";
    }

    private void add(LuaToken first, int to, String replacement, String change) {
        mutants.add(new Mutant(
                file,
                first.line(),
                lines.get(first.line() - 1).strip(),
                change,
                text.substring(0, first.from()) + replacement + text.substring(to)));
    }

    /** Conditions within one line. */
    private void condition(int i) {
        LuaToken token = tokens.get(i);
        if (!token.is("if") && !token.is("elseif") && !token.is("while")) {
            return;
        }
        int end = i + 1;
        while (!tokens.get(end).is("then") && !tokens.get(end).is("do")) {
            end++;
        }
        LuaToken last = tokens.get(end - 1);
        String condition = text.substring(tokens.get(i + 1).from(), last.to());
        add(token, last.to(), token.text() + " not (" + condition + ")", token.text() + " -> not");
    }

    /** A line that is a call or an assignment, and nothing but that. */
    private void line(int i) {
        LuaToken first = tokens.get(i);
        boolean begins = i > 0 && tokens.get(i - 1).line() < first.line() && first.kind() == Kind.NAME;
        if (!begins || !mayFollow(tokens.get(i - 1)) || depth(0, i) > 0) {
            return;
        }
        int end = i;
        while (end + 1 < tokens.size() && tokens.get(end + 1).line() == first.line()) {
            end++;
        }
        boolean whole = tokens.get(end).endsExpression() && depth(i, end + 1) == 0;
        boolean goesOn = end + 1 < tokens.size() && !mayBegin(tokens.get(end + 1));
        if (whole && !goesOn) {
            add(first, tokens.get(end).to(), "", "left out");
        }
    }

    private static boolean mayFollow(LuaToken before) {
        return before.endsExpression() || Set.of("then", "do", "else", "repeat").contains(before.text());
    }

    private static boolean mayBegin(LuaToken next) {
        return next.kind() == Kind.NAME || (next.kind() == Kind.KEYWORD && !next.is("and") && !next.is("or"));
    }

    /** How many brackets, and functions within brackets, are open there. */
    private int depth(int from, int to) {
        int brackets = 0;
        for (LuaToken token : tokens.subList(from, to)) {
            boolean bracket = token.kind() == Kind.OPERATOR;
            brackets += bracket && OPEN.contains(token.text()) ? 1 : bracket && CLOSE.contains(token.text()) ? -1 : 0;
        }
        return brackets;
    }
}
