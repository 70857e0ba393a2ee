package io.keycoord.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A reference to a secret, {@code scheme:name}. Whatever is not of that form may be the secret itself, so no message
 * here shows more than a scheme that is known.
 */
record SecretReference(String scheme, String name) {
    static final String ENV = "env";
    static final String FILE = "file";

    private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9-]{0,31}");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,254}");

    /** Empty if the text is not of the form {@code scheme:name}. */
    static Optional<SecretReference> parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0 || colon == text.length() - 1 || !isScheme(text.substring(0, colon))) {
            return Optional.empty();
        }
        return Optional.of(new SecretReference(text.substring(0, colon), text.substring(colon + 1)));
    }

    static boolean isScheme(String text) {
        return SCHEME.matcher(text).matches();
    }

    /** What is wrong with a reference, as the rest of a sentence; empty if nothing is. */
    static Optional<String> mistake(String text, Set<String> schemes) {
        return parse(text)
                .filter(reference -> schemes.contains(reference.scheme))
                .map(SecretReference::mistakeInName)
                .orElseGet(() -> Optional.of("is not a reference to a secret, and may be the secret itself (not shown);"
                        + " expected " + expected(schemes)));
    }

    private Optional<String> mistakeInName() {
        if (scheme.equals(ENV) && !VARIABLE.matcher(name).matches()) {
            return Optional.of("has something else than the name of an environment variable after \"env:\" (not shown,"
                    + " it may be a secret); expected for example \"env:OPENROUTER_KEY_1\"");
        }
        if (scheme.equals(FILE) && !isAbsolutePath(name)) {
            return Optional.of("has something else than an absolute path after \"file:\" (not shown, it may be a"
                    + " secret); expected for example \"file:/run/secrets/openrouter\"");
        }
        return Optional.empty();
    }

    private static boolean isAbsolutePath(String text) {
        try {
            return Path.of(text).isAbsolute();
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static String expected(Set<String> schemes) {
        StringBuilder text = new StringBuilder("\"env:NAME\", \"file:/path\"");
        for (String scheme : new TreeSet<>(schemes)) {
            if (!scheme.equals(ENV) && !scheme.equals(FILE)) {
                text.append(", \"").append(scheme).append(":…\"");
            }
        }
        return text + " (other schemes only with a SecretSource for them)";
    }
}
