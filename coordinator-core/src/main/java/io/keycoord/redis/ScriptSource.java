package io.keycoord.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Joins a script with the modules it includes, each of them once.
 *
 * <p>A module is a file of {@code lua/lib} that fills one table, such as {@code Limit}. Redis runs a script from its
 * first line at each call, so the definitions themselves cost time. A module that is included lazily is defined at its
 * first use in a call, and costs next to nothing in a call that does not need it; so is what stands below a line
 * {@code --- @lazily} within a module. One function, which {@code __index} of such a table calls, holds the definitions
 * of them all.
 */
final class ScriptSource {
    private static final String ROOT = "/META-INF/keycoord/lua/";
    private static final Pattern INCLUDE =
            Pattern.compile("^--- @include (lazily )?\"(lib/[a-z]+)\"\\n", Pattern.MULTILINE);
    private static final Pattern HEADER = Pattern.compile("\\A--\\[\\[.*?\\n]]\\n", Pattern.DOTALL);
    private static final Pattern TABLE = Pattern.compile("\\Alocal ([A-Z][a-z]+) = \\{}\\n");
    private static final String LAZILY = "\n--- @lazily\n";

    private ScriptSource() {}

    /**
     * The text of {@code lua/<file>.lua}, with its includes replaced by the modules they name.
     *
     * @throws IllegalStateException if a module is missing, included twice, or not of the form of one
     */
    static String assemble(String file) {
        return assemble(file, ScriptSource::read);
    }

    /** The same of other texts: {@code texts} answers the one of {@code acquire} or of {@code lib/limit}. */
    static String assemble(String file, UnaryOperator<String> texts) {
        String script = texts.apply(file);
        Collection<Module> modules = modules(file, texts);
        return modules.isEmpty()
                ? script
                : withoutIncludes(INCLUDE.matcher(script).replaceFirst(Matcher.quoteReplacement(join(modules))));
    }

    /** What a script includes, in its order. */
    static Collection<Module> modules(String file, UnaryOperator<String> texts) {
        Map<String, Module> modules = new LinkedHashMap<>();
        Matcher include = INCLUDE.matcher(texts.apply(file));
        while (include.find()) {
            Module module = Module.of(include.group(2), texts.apply(include.group(2)), include.group(1) != null);
            if (modules.put(module.name, module) != null) {
                throw new IllegalStateException("lua/" + file + ".lua includes " + include.group(2) + " twice");
            }
        }
        return modules.values();
    }

    /** What a script does once the modules are there: its text without header and includes. */
    static String body(String file, UnaryOperator<String> texts) {
        return withoutIncludes(HEADER.matcher(texts.apply(file)).replaceFirst(""));
    }

    private static String withoutIncludes(String script) {
        return INCLUDE.matcher(script).replaceAll("");
    }

    private static String join(Collection<Module> modules) {
        StringBuilder joined = new StringBuilder();
        for (Module module : modules) {
            joined.append("local ").append(module.name).append(" = {}\n");
        }
        modules.forEach(module -> joined.append(module.now));
        joined.append("local lazily = {__index = function(module, wanted)\nsetmetatable(module, nil)\n");
        String condition = "if module == ";
        for (Module module : modules) {
            if (!module.later.isEmpty()) {
                joined.append(condition).append(module.name).append(" then\n").append(module.later);
                condition = "elseif module == ";
            }
        }
        joined.append("end\nreturn module[wanted]\nend}\n");
        for (Module module : modules) {
            if (!module.later.isEmpty()) {
                joined.append("setmetatable(").append(module.name).append(", lazily)\n");
            }
        }
        return joined.toString();
    }

    /** A module's table, and its definitions: those for each call, and those for its first use. */
    record Module(String name, String now, String later) {
        private static Module of(String file, String text, boolean lazily) {
            String body = HEADER.matcher(text).replaceFirst("");
            Matcher table = TABLE.matcher(body);
            if (!table.find()) {
                throw new IllegalStateException("lua/" + file + ".lua does not begin with its table");
            }
            String definitions = body.substring(table.end());
            int rest = lazily ? 0 : definitions.indexOf(LAZILY);
            return rest < 0
                    ? new Module(table.group(1), definitions, "")
                    : new Module(
                            table.group(1),
                            definitions.substring(0, rest),
                            definitions.substring(rest).replace(LAZILY, "\n"));
        }
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
