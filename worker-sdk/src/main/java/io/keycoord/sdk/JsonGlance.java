package io.keycoord.sdk;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Tells at a glance the many events of a stream that say nothing of the answer itself, only words for the caller: whole JSON
 * objects in which there is no count, no end and no error. What it does not pass over, {@link AnswerScan} looks through; it is
 * in doubt rather than wrong. For one text.
 */
final class JsonGlance {
    private static final int DEEPEST = 32;

    /** With anything but null, these tell something, wherever they stand. */
    private static final List<byte[]> TELLING =
            names("usage", "usageMetadata", "error", "finish_reason", "finishReason", "blockReason");

    /** These do with some words. */
    private static final List<byte[]> KINDS = names("type", "object");

    private static final List<byte[]> TELLING_KINDS = names(
            "message_stop",
            "response.completed",
            "response.incomplete",
            "error",
            "response.failed",
            "response.error",
            "response");

    private static final String ESCAPED = "\"\\/bfnrt";
    private static final byte[] TRUE = bytes("true");
    private static final byte[] FALSE = bytes("false");
    private static final byte[] NULL = bytes("null");

    private final byte[] text;
    private final int end;
    private int at;
    private boolean escaped;

    private JsonGlance(byte[] text, int from, int end) {
        this.text = text;
        this.at = from;
        this.end = end;
    }

    private static byte[] bytes(String word) {
        return word.getBytes(StandardCharsets.US_ASCII);
    }

    private static List<byte[]> names(String... names) {
        return Stream.of(names).map(JsonGlance::bytes).toList();
    }

    /** Whether the text is such an object. */
    static boolean passes(byte[] text, int from, int end) {
        JsonGlance glance = new JsonGlance(text, from, end);
        if (!glance.isNext('{') || !glance.value(0)) {
            return false;
        }
        glance.skipBlanks();
        return glance.at == end;
    }

    private boolean isNext(char c) {
        return at < end && text[at] == c;
    }

    private boolean take(char c) {
        skipBlanks();
        boolean there = isNext(c);
        at += there ? 1 : 0;
        return there;
    }

    private void skipBlanks() {
        while (at < end && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) {
            at++;
        }
    }

    private boolean value(int depth) {
        skipBlanks();
        if (at == end || depth > DEEPEST) {
            return false;
        }
        return switch (text[at]) {
            case '{' -> elements('}', depth);
            case '[' -> elements(']', depth);
            case '"' -> string();
            case 't' -> word(TRUE);
            case 'f' -> word(FALSE);
            case 'n' -> word(NULL);
            default -> number();
        };
    }

    private boolean elements(char close, int depth) {
        at++;
        if (take(close)) {
            return true;
        }
        do {
            if ((close == '}' && !harmlessName()) || !value(depth + 1)) {
                return false;
            }
        } while (take(','));
        return take(close);
    }

    /** The name of a field with its colon, after which nothing comes that tells anything. */
    private boolean harmlessName() {
        skipBlanks();
        int from = at + 1;
        if (!isNext('"') || !string() || escaped) {
            return false;
        }
        int to = at - 1;
        if (!take(':')) {
            return false;
        }
        skipBlanks();
        if (isOneOf(TELLING, from, to)) {
            return isNext('n');
        }
        return !isOneOf(KINDS, from, to) || harmlessKind();
    }

    /** Looks at the value that comes, and stays before it. */
    private boolean harmlessKind() {
        if (!isNext('"')) {
            return true;
        }
        int start = at;
        boolean harmless = string() && !escaped && !isOneOf(TELLING_KINDS, start + 1, at - 1);
        at = start;
        return harmless;
    }

    private boolean isOneOf(List<byte[]> words, int from, int to) {
        for (byte[] word : words) {
            if (word.length == to - from && stands(word, from)) {
                return true;
            }
        }
        return false;
    }

    private boolean stands(byte[] word, int from) {
        for (int i = 0; i < word.length; i++) {
            if (text[from + i] != word[i]) {
                return false;
            }
        }
        return true;
    }

    /** Characters beyond ASCII may be broken: providers cut them, and who reads them decides what that means. */
    private boolean string() {
        escaped = false;
        for (at++; at < end; at++) {
            byte c = text[at];
            if (c == '"') {
                at++;
                return true;
            } else if (c == '\\') {
                at++;
                if (!isEscape()) {
                    return false;
                }
                escaped = true;
            } else if (c >= 0 && c < ' ') {
                return false;
            }
        }
        return false;
    }

    /** Whether what stands behind a backslash may; digits behind a {@code u} are in doubt unless there are four. */
    private boolean isEscape() {
        if (at < end && text[at] == 'u') {
            return end - at > 4 && IntStream.rangeClosed(1, 4).allMatch(i -> Character.digit(text[at + i], 16) >= 0);
        }
        return at < end && ESCAPED.indexOf(text[at]) >= 0;
    }

    private boolean word(byte[] word) {
        boolean there = end - at >= word.length && stands(word, at);
        at += there ? word.length : 0;
        return there;
    }

    /** Whole numbers and fractions as they are written mostly; others are in doubt. */
    private boolean number() {
        at += isNext('-') ? 1 : 0;
        int first = at;
        int digits = digits();
        boolean whole = digits == 1 || (digits > 1 && text[first] != '0');
        if (!whole || !isNext('.')) {
            return whole;
        }
        at++;
        return digits() > 0;
    }

    private int digits() {
        int from = at;
        while (at < end && text[at] >= '0' && text[at] <= '9') {
            at++;
        }
        return at - from;
    }
}
