package io.keycoord.sdk.provider;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The files of rules that come with this library, each read once in a process. Safe for use by many threads. */
final class Profiles {
    /** What is tried for a provider without a file of its own. */
    static final String GENERIC = "openai-compatible";

    /** The providers that have a file. */
    static final List<String> NAMES = List.of(
            "anthropic",
            "azure",
            "bedrock",
            "deepseek",
            "gemini",
            "groq",
            "mistral",
            "openai",
            GENERIC,
            "openrouter",
            "together");

    private static final Map<String, Profile> READ = new HashMap<>();
    private static final Map<String, Dialect> DIALECTS = new HashMap<>();

    private Profiles() {}

    /** One of {@link #NAMES}. */
    static synchronized Profile builtIn(String name) {
        Profile known = READ.get(name);
        if (known == null) {
            known = ProfileReader.read(name + ".json", bytes(name + ".json"));
            READ.put(name, known);
        }
        return known;
    }

    /** The dialect of one of {@link #NAMES}. */
    static synchronized Dialect dialect(String name) {
        return DIALECTS.computeIfAbsent(name, known -> builtIn(known).dialect(known));
    }

    private static byte[] bytes(String file) {
        try (InputStream in = Profiles.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the library lacks its own " + file);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("the library's own " + file + " cannot be read", e);
        }
    }
}
