package io.keycoord.console.demo;

import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.redis.KeyView;
import io.keycoord.redis.LeaseView;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.PoolView;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;
import redis.clients.jedis.resps.StreamEntry;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * The Redis of a run: an embedded one, or a namespace of its own in one of the user's, deleted at the end. For one
 * thread, but {@link #close} may come from another.
 */
final class Store implements AutoCloseable {
    private static final String STANDARD_NAMESPACE = "keycoord";
    private static final Pattern EVALSHA = Pattern.compile("cmdstat_evalsha:calls=(\\d+)");
    private static final int TIMEOUT_MS = 5_000;

    /** A change of a key's state, as the pool's log has it; milliseconds of the server's clock. */
    record Change(long atMs, String key, String what, String why) {}

    private final @Nullable EmbeddedRedis embedded;
    private final String url;
    private final String namespace;
    private final PoolInspector inspector;
    private final Jedis jedis;
    private final long evalshaBefore;
    private final AtomicLong reads = new AtomicLong();
    private boolean closed; // guarded by this

    private Store(@Nullable EmbeddedRedis embedded, String url, String namespace) {
        this.embedded = embedded;
        this.url = url;
        this.namespace = namespace;
        this.jedis = connect(url);
        this.inspector = PoolInspector.connect(url, namespace);
        this.evalshaBefore = evalshaCalls();
    }

    /**
     * Opens it.
     *
     * @param url the user's server; empty for an embedded one
     * @throws IllegalArgumentException if the URL is of another form
     * @throws redis.clients.jedis.exceptions.JedisException if the server does not answer
     */
    static Store open(Optional<String> url) {
        if (url.isPresent()) {
            int random = ThreadLocalRandom.current().nextInt();
            return new Store(null, url.get(), "keycoord-demo-" + HexFormat.of().toHexDigits(random));
        }
        EmbeddedRedis server = EmbeddedRedis.start();
        try {
            return new Store(server, server.uri().toString(), STANDARD_NAMESPACE);
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static Jedis connect(String url) {
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--redis is malformed, expected redis://[user:password@]host:port");
        }
        if (!JedisURIHelper.isValid(uri)) {
            throw new IllegalArgumentException("--redis lacks a part, expected redis://[user:password@]host:port");
        }
        DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder()
                .connectionTimeoutMillis(TIMEOUT_MS)
                .socketTimeoutMillis(TIMEOUT_MS)
                .user(JedisURIHelper.getUser(uri))
                .password(JedisURIHelper.getPassword(uri))
                .database(JedisURIHelper.getDBIndex(uri))
                .serverDefaultProtocol()
                .clientName("keycoord-demo");
        if (JedisURIHelper.isRedisSSLScheme(uri)) {
            config.sslOptions(SslOptions.defaults());
        }
        Jedis jedis = new Jedis(JedisURIHelper.getHostAndPort(uri), config.build());
        jedis.ping();
        return jedis;
    }

    String url() {
        return url;
    }

    String namespace() {
        return namespace;
    }

    /** For people: where to point redis-cli. A password in the URL is not part of it. */
    String address() {
        HostAndPort address = JedisURIHelper.getHostAndPort(URI.create(url));
        return "redis-cli -h " + address.getHost() + " -p " + address.getPort();
    }

    boolean isEmbedded() {
        return embedded != null;
    }

    List<KeyView> keys() {
        reads.addAndGet(2);
        return inspector.keys(DemoPool.ID);
    }

    List<LeaseView> leases() {
        reads.incrementAndGet();
        return inspector.leases(DemoPool.ID);
    }

    Optional<PoolView> pool() {
        reads.incrementAndGet();
        return inspector.pool(DemoPool.ID);
    }

    /** Scripts run by the views above. */
    long reads() {
        return reads.get();
    }

    /** Scripts run on the server since this was opened; on a server of the user's, others' as well. */
    long scriptCalls() {
        return evalshaCalls() - evalshaBefore;
    }

    private long evalshaCalls() {
        Matcher calls = EVALSHA.matcher(jedis.info("commandstats"));
        return calls.find() ? Long.parseLong(calls.group(1)) : 0;
    }

    /** Everything that changed, in order. */
    List<Change> changes() {
        List<Change> changes = new ArrayList<>();
        String log = namespace + ":{" + DemoPool.ID + "}:log";
        List<StreamEntry> entries =
                jedis.xrange(log, StreamEntryID.MINIMUM_ID, StreamEntryID.MAXIMUM_ID, Integer.MAX_VALUE);
        for (StreamEntry entry : entries) {
            Map<String, String> fields = entry.getFields();
            String atMs = fields.get("at_ms");
            if (atMs != null) {
                changes.add(new Change(
                        Long.parseLong(atMs),
                        fields.getOrDefault("subject", ""),
                        fields.getOrDefault("what", ""),
                        fields.getOrDefault("why", "")));
            }
        }
        return changes;
    }

    /** How far the server's clock is ahead of this one, in milliseconds. */
    long clockAheadMs() {
        List<String> time = jedis.time();
        return Long.parseLong(time.get(0)) * 1000 + Long.parseLong(time.get(1)) / 1000 - System.currentTimeMillis();
    }

    /** The Redis keys whose name or content has one of these texts in it; of all there are if the server is ours. */
    Set<String> holding(List<String> texts) {
        Set<String> found = new HashSet<>();
        for (String name : names()) {
            String content = name + content(name);
            if (texts.stream().anyMatch(content::contains)) {
                found.add(name);
            }
        }
        return found;
    }

    private Set<String> names() {
        ScanParams params =
                new ScanParams().match(isEmbedded() ? "*" : namespace + ":*").count(1000);
        Set<String> names = new HashSet<>();
        String cursor = ScanParams.SCAN_POINTER_START;
        do {
            ScanResult<String> page = jedis.scan(cursor, params);
            names.addAll(page.getResult());
            cursor = page.getCursor();
        } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
        return names;
    }

    private String content(String name) {
        return switch (jedis.type(name)) {
            case "string" -> String.valueOf(jedis.get(name));
            case "hash" -> jedis.hgetAll(name).toString();
            case "set" -> jedis.smembers(name).toString();
            case "zset" -> jedis.zrange(name, 0, -1).toString();
            case "list" -> jedis.lrange(name, 0, -1).toString();
            case "stream" ->
                jedis.xrange(name, StreamEntryID.MINIMUM_ID, StreamEntryID.MAXIMUM_ID)
                        .toString();
            case "none" -> "";
            default -> throw new IllegalStateException("Redis key " + name + " has a type that is not known here");
        };
    }

    /** Ends the server, or deletes what this run left on it. Uses a connection of its own. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        inspector.close();
        if (embedded != null) {
            jedis.close();
            embedded.close();
            return;
        }
        try (Jedis own = connect(url)) {
            ScanParams params = new ScanParams().match(namespace + ":*").count(1000);
            String cursor = ScanParams.SCAN_POINTER_START;
            do {
                ScanResult<String> page = own.scan(cursor, params);
                if (!page.getResult().isEmpty()) {
                    own.unlink(page.getResult().toArray(new String[0]));
                }
                cursor = page.getCursor();
            } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
        }
        jedis.close();
    }
}
