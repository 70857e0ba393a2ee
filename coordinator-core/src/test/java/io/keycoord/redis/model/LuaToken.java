package io.keycoord.redis.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A word of a Lua text, and where it stands; comments are none.
 *
 * @param from where it begins, counted from 0
 * @param line counted from 1
 */
record LuaToken(Kind kind, String text, int from, int line) {
    private static final Pattern WORD = Pattern.compile(
            "(?<comment>--\\[\\[.*?]]|--[^\\n]*)|(?<string>'(?:[^'\\\\\\n]|\\\\.)*'|\"(?:[^\"\\\\\\n]|\\\\.)*\")"
                    + "|(?<number>\\d+(?:\\.\\d+)?)|(?<name>[A-Za-z_]\\w*)"
                    + "|(?<operator>\\.\\.\\.|\\.\\.|==|~=|<=|>=|[-+*/%^#<>=(){}\\[\\];:,.])",
            Pattern.DOTALL);
    private static final Set<String> KEYWORDS = Set.of(
            "and",
            "break",
            "do",
            "else",
            "elseif",
            "end",
            "for",
            "function",
            "if",
            "in",
            "local",
            "not",
            "or",
            "repeat",
            "return",
            "then",
            "until",
            "while");

    /** What kinds of words there are; {@code nil}, {@code true} and {@code false} are names. */
    enum Kind {
        NAME,
        KEYWORD,
        NUMBER,
        STRING,
        OPERATOR
    }

    int to() {
        return from + text.length();
    }

    boolean is(String word) {
        return kind != Kind.STRING && text.equals(word);
    }

    /** Whether it ends an expression, so that what follows it may be a new statement. */
    boolean endsExpression() {
        return kind == Kind.NAME
                || kind == Kind.NUMBER
                || kind == Kind.STRING
                || is(")")
                || is("]")
                || is("}")
                || is("end");
    }

    static List<LuaToken> of(String text) {
        List<LuaToken> tokens = new ArrayList<>();
        Matcher word = WORD.matcher(text);
        int line = 1;
        int counted = 0;
        while (word.find()) {
            line += (int) text.substring(counted, word.start())
                    .chars()
                    .filter(c -> c == '\n')
                    .count();
            counted = word.start();
            if (word.group("comment") == null) {
                tokens.add(new LuaToken(kind(word), word.group(), word.start(), line));
            }
        }
        return tokens;
    }

    private static Kind kind(Matcher word) {
        if (word.group("string") != null) {
            return Kind.STRING;
        }
        if (word.group("number") != null) {
            return Kind.NUMBER;
        }
        if (word.group("name") != null) {
            return KEYWORDS.contains(word.group()) ? Kind.KEYWORD : Kind.NAME;
        }
        return Kind.OPERATOR;
    }
}
