package io.keycoord.testing;

import io.keycoord.model.ReferenceModel;
import io.keycoord.model.Verb;
import io.keycoord.redis.ScriptHost;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Redis would hold, in the memory of one JVM, for {@code RedisKeyCoordinator.builder().host(store)}. Several
 * coordinators on one store are the workers of one cluster. It decides as the scripts do, to which it is held in random
 * programs; it is made to be right and not to be fast, and keeps nothing when the JVM ends.
 *
 * <p>Time is the clock's it is made with, so that limits, blocks and rests can pass in a test without waiting: but callers who
 * wait, and the renewal of leases, go by the JVM's own time. Safe for use by many threads.
 */
public final class InMemoryStore implements ScriptHost {
    private static final Pattern META = Pattern.compile("(.*\\{.*}:)meta");
    private static final Pattern PREFIX = Pattern.compile("(.*)\\{(.*)}:");

    private final InstantSource clock;
    private final Map<String, ReferenceModel> pools = new HashMap<>(); // guarded by this
    private final Map<String, Set<String>> names = new HashMap<>(); // guarded by this
    private final Map<String, List<Consumer<String>>> listeners = new ConcurrentHashMap<>();

    /** On the system's clock. */
    public InMemoryStore() {
        this(InstantSource.system());
    }

    /**
     * On a clock of the test's.
     *
     * @param clock may stand still, and may go back: then nothing is forgotten
     */
    public InMemoryStore(InstantSource clock) {
        this.clock = clock;
    }

    /** Forgets everything, as FLUSHALL does: coordinators that go on begin with empty limits. */
    public synchronized void clear() {
        pools.clear();
        names.clear();
    }

    @Override
    public List<?> run(String script, String redisKey, List<String> args) {
        Matcher meta = META.matcher(redisKey);
        if (!meta.matches()) {
            return names(redisKey, args.get(0));
        }
        List<?> reply;
        List<String> messages;
        synchronized (this) {
            ReferenceModel pool = pools.computeIfAbsent(redisKey, key -> new ReferenceModel());
            reply = run(pool, script, now(args));
            messages = pool.messages();
        }
        messages.forEach(member -> publish(meta.group(1), member));
        return reply;
    }

    private List<String> now(List<String> args) {
        List<String> dated = new ArrayList<>(args);
        if (args.get(0).isEmpty()) {
            dated.set(0, Long.toString(ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant())));
        }
        return dated;
    }

    private static List<?> run(ReferenceModel pool, String script, List<String> args) {
        return switch (script) {
            case "batch" -> pool.batch(args);
            case "explain" -> pool.explain(args);
            case "inspect" -> pool.inspect(args);
            case "recover" -> pool.recover(args);
            default -> pool.run(Verb.valueOf(script.toUpperCase(Locale.ROOT)), args);
        };
    }

    private synchronized List<String> names(String redisKey, String added) {
        Set<String> known = names.computeIfAbsent(redisKey, key -> new TreeSet<>());
        if (!added.isEmpty()) {
            known.add(added);
        }
        List<String> reply = new ArrayList<>(List.of("POOLS"));
        reply.addAll(known);
        return reply;
    }

    @Override
    public Runnable subscribe(String channel, Consumer<String> listener) {
        List<Consumer<String>> all = listeners.computeIfAbsent(channel, name -> new CopyOnWriteArrayList<>());
        all.add(listener);
        return () -> all.remove(listener);
    }

    /** As {@code lua/lib/waiting.lua}: {@code member} is a worker and its waiting room. */
    private void publish(String prefix, String member) {
        Matcher pool = PREFIX.matcher(prefix);
        int slash = member.lastIndexOf('/');
        if (pool.matches() && slash >= 0) {
            String channel = pool.group(1) + "wake:" + member.substring(0, slash);
            String text = pool.group(2) + " " + member.substring(slash + 1);
            listeners.getOrDefault(channel, List.of()).forEach(listener -> listener.accept(text));
        }
    }
}
