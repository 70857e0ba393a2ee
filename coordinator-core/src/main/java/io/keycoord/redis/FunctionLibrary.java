package io.keycoord.redis;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * All scripts as one library of Redis functions: the modules are defined once, when it is loaded, and not at each call.
 *
 * <p>Its name and those of its functions end in a digest of the text, so a worker calls the code that it was built with,
 * as with a script's digest, and versions stand beside one another.
 *
 * @param name such as {@code keycoord_0123456789ab}
 * @param code without its first line, which names it
 */
record FunctionLibrary(String name, String code) {
    static final String PREFIX = "keycoord_";
    private static final int DIGITS = 12;
    private static final Pattern NAME = Pattern.compile(PREFIX + "[0-9a-f]{" + DIGITS + "}");

    /** A settlement begins with a write that shrinks, so it runs when Redis is full; a batch does if one comes first. */
    private static final String SETTLING_BATCH = "settling_batch";

    /** The names of pools without one to add: a read. */
    private static final String LIST_POOLS = "list_pools";

    /** Of the scripts as they are here. */
    static FunctionLibrary current() {
        return Current.LIBRARY;
    }

    private static final class Current {
        static final FunctionLibrary LIBRARY = of(ScriptSource::read);
    }

    /** Whether a library of some version is called so. */
    static boolean isName(String library) {
        return NAME.matcher(library).matches();
    }

    /** The same of other texts, as {@link ScriptSource} takes them. */
    static FunctionLibrary of(UnaryOperator<String> texts) {
        Map<String, ScriptSource.Module> modules = new LinkedHashMap<>();
        StringBuilder functions = new StringBuilder();
        for (Script script : Script.values()) {
            ScriptSource.modules(script.file(), texts).forEach(module -> modules.putIfAbsent(module.name(), module));
            String verb = script.file();
            functions
                    .append("local function ")
                    .append(verb)
                    .append("(KEYS, ARGV)\n")
                    .append(ScriptSource.body(verb, texts))
                    .append("end\n")
                    .append(register(verb, flags(script), verb));
        }
        functions.append(register(SETTLING_BATCH, "'allow-oom'", Script.BATCH.file()));
        functions.append(register(LIST_POOLS, "'no-writes'", Script.POOLS.file()));
        String rest = definitions(modules) + functions;
        String digest = ScriptSource.digest(rest).substring(0, DIGITS);
        return new FunctionLibrary(PREFIX + digest, "local digest = '" + digest + "'\n" + rest);
    }

    private static String flags(Script script) {
        return switch (script) {
            case EXPLAIN, INSPECT -> "'no-writes'";
            case SETTLE -> "'allow-oom'";
            default -> "";
        };
    }

    private static String register(String verb, String flags, String function) {
        return "redis.register_function{function_name = '" + PREFIX + verb + "_' .. digest, flags = {" + flags
                + "}, callback = " + function + "}\n";
    }

    /** Each module in a block of its own, for its local names. */
    private static String definitions(Map<String, ScriptSource.Module> modules) {
        StringBuilder text = new StringBuilder();
        modules.keySet().forEach(module -> text.append("local ").append(module).append(" = {}\n"));
        modules.values()
                .forEach(module -> text.append("do\n")
                        .append(module.now())
                        .append(module.later())
                        .append("end\n"));
        return text.toString();
    }

    /** The whole text, as FUNCTION LOAD wants it. */
    String text() {
        return "#!lua name=" + name + "\n" + code;
    }

    /** What FCALL calls for these arguments. */
    String function(Script script, List<String> args) {
        return PREFIX + verb(script, args) + name.substring(PREFIX.length() - 1);
    }

    private static String verb(Script script, List<String> args) {
        if (script == Script.BATCH && args.size() > 1 && !args.get(1).equals("0")) {
            return SETTLING_BATCH;
        }
        return script == Script.POOLS && args.equals(List.of("")) ? LIST_POOLS : script.file();
    }
}
