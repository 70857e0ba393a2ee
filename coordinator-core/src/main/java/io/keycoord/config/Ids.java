package io.keycoord.config;

import java.util.regex.Pattern;

/** The ids of pools, accounts and keys; they become parts of Redis keys. */
final class Ids {
    static final String EXPECTED =
            "an id: 1 to 64 letters, digits, '.', '_' and '-', with a letter or a digit at the beginning";
    static final String NO_SECRET = "an id that everybody may read, never the key itself";

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private Ids() {}

    static boolean isId(String text) {
        return FORM.matcher(text).matches();
    }

    static void require(String name, String text) {
        if (!isId(text)) {
            throw new IllegalArgumentException(name + " is " + Shown.text(text) + ", expected " + EXPECTED);
        }
    }
}
