package io.keycoord.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Joins a script with the modules it includes, each of them once.
 *
 * <p>A module is a file of {@code lua/lib} that fills one table, such as {@code Limit}. Redis runs a script from its
 * first line at each call, so the definitions themselves cost time. A module that is included lazily is defined at its
 * first use in a call, and costs next to nothing in a call that does not need it; so is what stands below a line
 * {@code --- @lazily} within a module.
 */
final class ScriptSource {
    private static final String ROOT = "/META-INF/keycoord/lua/";
    private static final Pattern INCLUDE =
            Pattern.compile("^--- @include (lazily )?\"(lib/[a-z]+)\"$", Pattern.MULTILINE);
    private static final Pattern HEADER = Pattern.compile("\\A--\\[\\[.*?\\n]]\\n", Pattern.DOTALL);
    private static final String REST_LAZILY = "\n--- @lazily\n";
    private static final Pattern TABLE = Pattern.compile("\\Alocal ([A-Z][a-z]+) = \\{}\\n");

    private ScriptSource() {}

    /**
     * The text of {@code lua/<file>.lua}, with each include replaced by the module it names.
     *
     * @throws IllegalStateException if a module is missing, included twice, or not of the form of one
     */
    static String assemble(String file) {
        Set<String> included = new HashSet<>();
        return INCLUDE.matcher(read(file)).replaceAll(include -> {
            String module = include.group(2);
            if (!included.add(module)) {
                throw new IllegalStateException("lua/" + file + ".lua includes " + module + " twice");
            }
            String body = HEADER.matcher(read(module)).replaceFirst("");
            return Matcher.quoteReplacement(include.group(1) == null ? partly(module, body) : lazily(module, body));
        });
    }

    private static String partly(String module, String body) {
        int rest = body.indexOf(REST_LAZILY);
        if (rest < 0) {
            return body;
        }
        String name = table(module, body).group(1);
        return body.substring(0, rest) + "\nsetmetatable(" + name + ", "
                + atFirstUse(name, body.substring(rest + REST_LAZILY.length())) + ")\n";
    }

    private static String lazily(String module, String body) {
        MatchResult table = table(module, body);
        String whole = body.substring(table.end()).replace(REST_LAZILY, "\n");
        return "local " + table.group(1) + " = setmetatable({}, " + atFirstUse(table.group(1), whole) + ")\n";
    }

    private static String atFirstUse(String name, String definitions) {
        return "{__index = function(" + name + ", wanted)\nsetmetatable(" + name + ", nil)\n" + definitions + "return "
                + name + "[wanted]\nend}";
    }

    private static MatchResult table(String module, String body) {
        Matcher table = TABLE.matcher(body);
        if (!table.find()) {
            throw new IllegalStateException("lua/" + module + ".lua does not begin with its table");
        }
        return table.toMatchResult();
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
