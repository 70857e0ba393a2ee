package io.keycoord.sdk;

import java.util.List;
import java.util.Locale;

/**
 * A text in which {@code *} stands for any characters, none included; case does not matter. Immutable.
 *
 * @param pieces what stands between the stars, in order, in lower case
 */
record Wildcard(List<String> pieces) {

    Wildcard {
        pieces = List.copyOf(pieces);
    }

    static Wildcard of(String form) {
        return new Wildcard(List.of(form.toLowerCase(Locale.ROOT).split("\\*", -1)));
    }

    /** Whether the whole text has this form. */
    boolean matches(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        String first = pieces.get(0);
        String last = pieces.get(pieces.size() - 1);
        if (pieces.size() == 1) {
            return lower.equals(first);
        }
        return lower.length() >= first.length() + last.length()
                && lower.startsWith(first)
                && lower.endsWith(last)
                && inOrder(
                        pieces.subList(1, pieces.size() - 1),
                        lower.substring(first.length(), lower.length() - last.length()));
    }

    /** Whether any part of the text has this form. */
    boolean isIn(String text) {
        return inOrder(pieces, text.toLowerCase(Locale.ROOT));
    }

    private static boolean inOrder(List<String> wanted, String text) {
        int at = 0;
        for (String piece : wanted) {
            int found = text.indexOf(piece, at);
            if (found < 0) {
                return false;
            }
            at = found + piece.length();
        }
        return true;
    }
}
