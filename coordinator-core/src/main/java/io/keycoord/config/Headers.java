package io.keycoord.config;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Headers that a pool adds to each call. Their values are not shown: people put secrets into them. */
final class Headers {
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");
    private static final Pattern VALUE = Pattern.compile("[!-~](?:[ -~]{0,3998}[!-~])?");
    private static final Set<String> OURS = Set.of(
            "authorization",
            "proxy-authorization",
            "x-api-key",
            "api-key",
            "x-goog-api-key",
            "host",
            "connection",
            "content-length",
            "transfer-encoding");

    private Headers() {}

    static Optional<String> mistakeInName(String name) {
        if (!TOKEN.matcher(name).matches()) {
            return Optional.of("is not the name of an HTTP header; expected letters, digits and '-', at most 100");
        }
        if (OURS.contains(name.toLowerCase(Locale.ROOT))) {
            return Optional.of(
                    "cannot be set here: the client itself writes this header, from the leased key and the" + " call");
        }
        return Optional.empty();
    }

    static Optional<String> mistakeInValue(String value) {
        return VALUE.matcher(value).matches()
                ? Optional.empty()
                : Optional.of(
                        "has a value of " + value.length() + " characters (not shown) that cannot be sent; expected"
                                + " 1 to 4000 printable ASCII characters without blanks at the ends");
    }

    static void require(String name, String value) {
        mistakeInName(name).or(() -> mistakeInValue(value)).ifPresent(mistake -> {
            throw new IllegalArgumentException("header " + Shown.text(name) + " " + mistake);
        });
    }
}
