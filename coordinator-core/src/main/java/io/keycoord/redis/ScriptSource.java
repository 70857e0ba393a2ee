package io.keycoord.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Joins a script with the files it includes, each of them once. */
final class ScriptSource {
    private static final String ROOT = "/META-INF/keycoord/lua/";
    private static final Pattern INCLUDE = Pattern.compile("^--- @include \"([a-z/]+)\"$", Pattern.MULTILINE);

    private ScriptSource() {}

    /**
     * The text of {@code lua/<file>.lua}, with each include replaced by the file it names.
     *
     * @throws IllegalStateException if a file is missing or included twice; the jar is broken
     */
    static String assemble(String file) {
        return assemble(file, new LinkedHashSet<>());
    }

    private static String assemble(String file, Set<String> included) {
        if (!included.add(file)) {
            throw new IllegalStateException("lua/" + file + ".lua is included twice: " + included);
        }
        Matcher include = INCLUDE.matcher(read(file));
        return include.replaceAll(match -> Matcher.quoteReplacement(assemble(match.group(1), included)));
    }

    static String read(String file) {
        try (InputStream in = ScriptSource.class.getResourceAsStream(ROOT + file + ".lua")) {
            if (in == null) {
                throw new IllegalStateException("lua/" + file + ".lua is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("lua/" + file + ".lua cannot be read", e);
        }
    }

    /** The SHA-1 that Redis knows a script by. */
    static String digest(String source) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            return HexFormat.of().formatHex(sha1.digest(source.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }
}
