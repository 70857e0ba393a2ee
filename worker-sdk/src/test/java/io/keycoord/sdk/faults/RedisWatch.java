package io.keycoord.sdk.faults;

import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisMonitor;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisException;

/** All that a Redis is told, and all that stands in it. */
final class RedisWatch implements AutoCloseable {
    private final Queue<String> told = new ConcurrentLinkedQueue<>();
    private final Jedis listening;
    private final Jedis asking;

    /** Listens when this returns. */
    RedisWatch(URI uri) {
        listening = new Jedis(uri, 0);
        asking = new Jedis(uri);
        Thread listener = new Thread(this::listen, "monitor");
        listener.setDaemon(true);
        listener.start();
        await().until(() -> {
            asking.echo("is anybody listening");
            return told().contains("is anybody listening");
        });
    }

    private void listen() {
        try {
            listening.monitor(new JedisMonitor() {
                @Override
                public void onCommand(String command) {
                    told.add(command);
                }
            });
        } catch (JedisException over) {
            // Closed.
        }
    }

    /** Each command with its arguments, as {@code MONITOR} shows them. */
    String told() {
        return String.join("\n", told);
    }

    /** Every Redis key as text, and as it is dumped. */
    String stored() {
        StringBuilder all = new StringBuilder();
        for (String key : asking.keys("*")) {
            all.append('\n').append(key).append(' ').append(value(key));
            all.append(new String(asking.dump(key), StandardCharsets.ISO_8859_1));
        }
        return all.toString();
    }

    private String value(String key) {
        return switch (asking.type(key)) {
            case "hash" -> asking.hgetAll(key).toString();
            case "zset" -> asking.zrange(key, 0, -1).toString();
            case "set" -> asking.smembers(key).toString();
            case "stream" -> asking.xrange(key, (StreamEntryID) null, null).toString();
            case "list" -> asking.lrange(key, 0, -1).toString();
            default -> asking.get(key);
        };
    }

    @Override
    public void close() {
        listening.close();
        asking.close();
    }
}
