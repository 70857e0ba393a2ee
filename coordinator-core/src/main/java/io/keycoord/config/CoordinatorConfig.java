package io.keycoord.config;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The pools a worker may lease from. Immutable, and so safe for use by many threads.
 *
 * @param pools at least one, with distinct ids
 */
public record CoordinatorConfig(List<PoolConfig> pools) {

    /** The schemes of secret references that are understood without further ado; see {@link Secrets#standard}. */
    private static final Set<String> STANDARD_SCHEMES = Set.of(SecretReference.ENV, SecretReference.FILE);

    /**
     * Checks the pools.
     *
     * @throws IllegalArgumentException if there is none, or an id twice, or an account is for a tenant that its pool does not have
     */
    public CoordinatorConfig {
        pools = List.copyOf(pools);
        Counts.require("pools", pools.size(), 1, Integer.MAX_VALUE);
        Counts.requireDistinct("the configuration", pools.stream().map(PoolConfig::id));
        pools.forEach(PoolConfig::requireTenants);
    }

    /** A configuration made in code. */
    public static CoordinatorConfig of(PoolConfig... pools) {
        return new CoordinatorConfig(List.of(pools));
    }

    /**
     * Reads a file of UTF-8 JSON, at most 64 MiB. Secrets are references {@code env:NAME} or {@code file:/path}; they
     * are not looked up. Files of keys that it names in {@code keysFrom} are looked for from its folder.
     *
     * @throws ConfigException if the file cannot be read or has mistakes; it tells all of them
     */
    public static CoordinatorConfig load(Path file) {
        return load(file, Set.of());
    }

    /**
     * Reads a file as {@link #load(Path)}, with further schemes for secret references: those of the {@link
     * io.keycoord.SecretSource} that the coordinator will be given, for example {@link Secrets#schemes}.
     *
     * @param extraSchemes for example {@code vault} for {@code "secret": "vault:llm/openrouter"}; lower-case letters,
     *     digits and {@code -}
     * @throws ConfigException if the file cannot be read or has mistakes; it tells all of them
     * @throws IllegalArgumentException if a scheme is not of that form
     */
    public static CoordinatorConfig load(Path file, Set<String> extraSchemes) {
        Set<String> schemes = schemes(extraSchemes);
        return ConfigReader.read(
                ConfigFile.read(file),
                file.toString(),
                schemes,
                Optional.ofNullable(file.toAbsolutePath().getParent()));
    }

    /**
     * Reads JSON as {@link #load(Path)} does, but for files of keys: a text has no folder to look for them.
     *
     * @throws ConfigException if it has mistakes; it tells all of them
     */
    public static CoordinatorConfig parse(String json) {
        return parse(json, Set.of());
    }

    /**
     * Reads JSON as {@link #load(Path, Set)} does.
     *
     * @throws ConfigException if it has mistakes; it tells all of them
     * @throws IllegalArgumentException if a scheme is not of the form of schemes
     */
    public static CoordinatorConfig parse(String json, Set<String> extraSchemes) {
        return ConfigReader.read(json, "the configuration", schemes(extraSchemes), Optional.empty());
    }

    public Optional<PoolConfig> pool(String id) {
        return pools.stream().filter(pool -> pool.id().equals(id)).findFirst();
    }

    private static Set<String> schemes(Set<String> extra) {
        Set<String> schemes = new HashSet<>(STANDARD_SCHEMES);
        for (String scheme : extra) {
            if (!SecretReference.isScheme(scheme)) {
                throw new IllegalArgumentException("scheme is " + Shown.text(scheme)
                        + ", expected lower-case letters, digits and '-', a letter first, at most 32");
            }
            schemes.add(scheme);
        }
        return Set.copyOf(schemes);
    }
}
