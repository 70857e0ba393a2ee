package io.keycoord.config;

import java.util.regex.Pattern;

/** How values appear in messages: short, on one line, and never if they may be a secret. */
final class Shown {
    private static final int LONGEST = 60;
    private static final int SHORTEST_SECRET = 16;
    private static final int LOOKED_AT = 200;
    private static final Pattern SECRET_PREFIX =
            Pattern.compile("(?:sk[-_]|pk[-_]|rk[-_]|gsk_|xai-|csk-|fw_|hf_|tgp_|ghp_|AIza|AKIA|eyJ)");
    private static final Pattern LONG_RUN = Pattern.compile("[A-Za-z0-9]{12,}");
    private static final Pattern RANDOM_RUN = Pattern.compile("(?=[A-Za-z]*[0-9])[A-Za-z0-9]{20,}");

    private Shown() {}

    static String text(String value) {
        if (mayBeSecret(value)) {
            return "a text of " + value.length() + " characters that looks like a secret";
        }
        StringBuilder shown = new StringBuilder("\"");
        value.codePoints().limit(LONGEST).forEach(c -> append(shown, c));
        return shown.append(value.codePointCount(0, value.length()) > LONGEST ? "…\"" : "\"")
                .toString();
    }

    /** Errs on the side of hiding. */
    static boolean mayBeSecret(String value) {
        String start = value.substring(0, Math.min(value.length(), LOOKED_AT));
        return start.length() >= SHORTEST_SECRET
                && (SECRET_PREFIX.matcher(start).lookingAt()
                        || RANDOM_RUN.matcher(start).find());
    }

    /** Whether a text begins as the API keys of the known providers do, and goes on like one. */
    static boolean isLikeProviderKey(String value) {
        return value.length() >= SHORTEST_SECRET
                && SECRET_PREFIX.matcher(value).lookingAt()
                && LONG_RUN.matcher(value).find();
    }

    private static void append(StringBuilder shown, int c) {
        if (c == '"' || c == '\\') {
            shown.append('\\').appendCodePoint(c);
        } else if (Character.isISOControl(c) || !Character.isDefined(c) || Character.getType(c) == Character.FORMAT) {
            shown.append(String.format("\\u%04x", c));
        } else {
            shown.appendCodePoint(c);
        }
    }
}
