package io.keycoord.sdk;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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
    private static final Words TELLING =
            Words.of("usage", "usageMetadata", "error", "error_type", "finish_reason", "finishReason", "blockReason");

    /** These do with some words. */
    private static final Words KINDS = Words.of("type", "object");

    private static final Words TELLING_KINDS = Words.of(
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

    /**
     * Some words to be looked for.
     *
     * @param lengths the bits of the lengths that they have, since nearly all that is looked at has another one
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    private record Words(byte[][] all, int lengths) {
        static Words of(String... words) {
            int lengths = Stream.of(words).mapToInt(word -> 1 << word.length()).reduce(0, (one, more) -> one | more);
            return new Words(Stream.of(words).map(JsonGlance::bytes).toArray(byte[][]::new), lengths);
        }

        boolean has(byte[] text, int from, int to) {
            int length = to - from;
            if (length >= Integer.SIZE || (lengths & 1 << length) == 0) {
                return false;
            }
            for (byte[] word : all) {
                if (Arrays.equals(word, 0, word.length, text, from, to)) {
                    return true;
                }
            }
            return false;
        }
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
        if (TELLING.has(text, from, to)) {
            return isNext('n');
        }
        return !KINDS.has(text, from, to) || harmlessKind();
    }

    /** Looks at the value that comes, and stays before it. */
    private boolean harmlessKind() {
        if (!isNext('"')) {
            return true;
        }
        int start = at;
        boolean harmless = string() && !escaped && !TELLING_KINDS.has(text, start + 1, at - 1);
        at = start;
        return harmless;
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
        for (int i = at + 1; i < end; i++) {
            byte c = text[i];
            if (c == '"') {
                at = i + 1;
                return true;
            } else if (c == '\\') {
                i++;
                if (!isEscape(i)) {
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
    private boolean isEscape(int from) {
        if (from < end && text[from] == 'u') {
            return end - from > 4
                    && IntStream.rangeClosed(1, 4).allMatch(i -> Character.digit(text[from + i], 16) >= 0);
        }
        return from < end && ESCAPED.indexOf(text[from]) >= 0;
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
