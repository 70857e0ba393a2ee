package io.keycoord.redis;

import java.util.List;
import java.util.function.Supplier;

/**
 * Loads the scripts of this version as a library of functions, for workers that call them so ({@link Scripting#FUNCTIONS})
 * and may not load it themselves; and deletes what other versions have left. On one server, from which its replicas take it;
 * of a Cluster every primary needs it.
 *
 * <p>Needs the Redis permissions {@code function|load}, {@code function|list} and {@code function|delete}. Safe for use by
 * many threads.
 */
public final class FunctionLoader implements AutoCloseable {
    private final JedisFunctions redis;

    private FunctionLoader(JedisFunctions redis) {
        this.redis = redis;
    }

    /**
     * Connects when it is first asked.
     *
     * @param url as for {@link RedisKeyCoordinatorBuilder#redis}
     */
    public static FunctionLoader connect(String url) {
        return new FunctionLoader(JedisFunctions.open(url));
    }

    /** The library of this version, by its name on every server. */
    public static String name() {
        return FunctionLibrary.current().name();
    }

    /** Its text, as FUNCTION LOAD wants it. */
    public static String text() {
        return FunctionLibrary.current().text();
    }

    /**
     * Loads the library of this version, unless it is there: its name tells its text.
     *
     * @return whether it was missing
     * @throws io.keycoord.StoreUnavailableException if Redis does not answer or refuses; a repeat is harmless
     */
    public boolean load() {
        boolean missing = !list().contains(name());
        if (missing) {
            asking(() -> {
                redis.load(text());
                return true;
            });
        }
        return missing;
    }

    /**
     * The libraries of all versions of keycoord that the server has, sorted by name.
     *
     * @throws io.keycoord.StoreUnavailableException if Redis does not answer or refuses
     */
    public List<String> list() {
        return asking(() -> redis.list(FunctionLibrary.PREFIX + "*")).stream()
                .filter(FunctionLibrary::isName)
                .sorted()
                .toList();
    }

    /**
     * Deletes the libraries of all other versions. Workers of those fail from then on, unless they may load theirs again.
     *
     * @return what was deleted, sorted by name
     * @throws io.keycoord.StoreUnavailableException if Redis does not answer or refuses; a repeat goes on where this stopped
     */
    public List<String> prune() {
        List<String> others =
                list().stream().filter(name -> !name.equals(name())).toList();
        others.forEach(name -> asking(() -> {
            redis.delete(name);
            return true;
        }));
        return others;
    }

    private <T> T asking(Supplier<T> question) {
        try {
            return question.get();
        } catch (RuntimeException e) {
            throw redis.failure(e);
        }
    }

    @Override
    public void close() {
        redis.close();
    }
}
