package io.keycoord.config;

import java.util.regex.Pattern;

/** How values appear in messages: short, on one line, and never if they may be a secret. */
final class Shown {
    private static final int LONGEST = 60;
    private static final int SHORTEST_SECRET = 16;
    private static final Pattern SECRET_PREFIX =
            Pattern.compile("(?:sk|pk|rk|gsk|xai|key|fw|csk|hf|tgp|AIza|AKIA|ghp|eyJ)[A-Za-z0-9_-].*", Pattern.DOTALL);
    private static final Pattern RANDOM_LOOKING =
            Pattern.compile("(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_+/=.-]{32,}", Pattern.DOTALL);

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
        return value.length() >= SHORTEST_SECRET
                && (hasSecretPrefix(value) || RANDOM_LOOKING.matcher(value).matches());
    }

    /** Whether a text begins as the API keys of the known providers do, and is long enough to be one. */
    static boolean hasSecretPrefix(String value) {
        return value.length() >= SHORTEST_SECRET && SECRET_PREFIX.matcher(value).matches();
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
