package io.keycoord.redis;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.RedisSentinelClient;
import redis.clients.jedis.UnifiedJedis;

/**
 * Messages over Jedis, on one server, behind Sentinels or in a Cluster. A thread of its own, a daemon, listens on one
 * connection of the client's pool, and connects again when that is lost.
 */
final class JedisWakeups implements WakeupChannel {
    private static final Logger log = LoggerFactory.getLogger(JedisWakeups.class);
    private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(50).toNanos();
    private static final long LONGEST_PAUSE_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long CLOSE_MILLIS = 1_000;

    private final UnifiedJedis jedis;
    private volatile boolean open;
    private volatile boolean closed;
    private volatile @Nullable Connection connection;
    private volatile @Nullable Subscription subscription;
    private @Nullable Thread thread; // guarded by this

    JedisWakeups(UnifiedJedis jedis) {
        this.jedis = jedis;
    }

    private final class Subscription extends JedisPubSub {
        private final Listener listener;

        Subscription(Listener listener) {
            this.listener = listener;
        }

        @Override
        public void onSubscribe(String channel, int channels) {
            if (closed) {
                unsubscribe();
                return;
            }
            open = true;
            listener.changed();
        }

        @Override
        public void onMessage(String channel, String message) {
            listener.message(message);
        }
    }

    @Override
    public synchronized void open(String name, Listener listener) {
        if (closed || thread != null || !hasConnectionToSpare()) {
            return;
        }
        Thread listening = new Thread(() -> listen(name, listener), "keycoord-wakeups");
        listening.setDaemon(true);
        listening.start();
        thread = listening;
    }

    /** A pool of one connection is for the calls. */
    private boolean hasConnectionToSpare() {
        int most = jedis instanceof RedisClient client ? client.getPool().getMaxTotal() : -1;
        if (most == 1) {
            log.info("the client's pool has one connection and none for messages: waiting callers ask now and then");
        }
        return most != 1;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    private void listen(String name, Listener listener) {
        long pause = FIRST_PAUSE_NANOS;
        while (!closed) {
            RuntimeException lost = subscribe(name, new Subscription(listener));
            if (open) {
                open = false;
                pause = FIRST_PAUSE_NANOS;
                listener.changed();
            }
            if (closed) {
                return;
            }
            log.debug("no messages from Redis for now; waiting callers ask now and then", lost);
            if (pause == FIRST_PAUSE_NANOS) {
                log.info("no messages from Redis for now; waiting callers ask now and then: {}", reason(lost));
            }
            if (!sleep(pause / 2 + ThreadLocalRandom.current().nextLong(pause))) {
                return;
            }
            pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        }
    }

    private static String reason(@Nullable RuntimeException lost) {
        return lost == null ? "the subscription has ended" : RepeatingScriptRunner.message(lost);
    }

    /** Listens as long as it can; why it could no longer. */
    private @Nullable RuntimeException subscribe(String name, Subscription listening) {
        subscription = listening;
        try (Connection own = connect()) {
            connection = own;
            if (closed) {
                return null;
            }
            if (own != null) {
                listening.proceed(own, name);
            } else {
                jedis.subscribe(listening, name);
            }
            return null;
        } catch (RuntimeException e) {
            return e;
        } finally {
            connection = null;
            subscription = null;
        }
    }

    /** One that {@link #close} can cut; null for a client of another kind. */
    private @Nullable Connection connect() {
        if (jedis instanceof RedisClient client) {
            return client.getPool().getResource();
        } else if (jedis instanceof RedisSentinelClient client) {
            return client.getPrimaryNodesConnectionMap()
                    .values()
                    .iterator()
                    .next()
                    .getResource();
        } else if (jedis instanceof RedisClusterClient client) {
            return client.getConnectionFromSlot(0);
        }
        return null;
    }

    private static boolean sleep(long nanos) {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        Thread listening;
        synchronized (this) {
            closed = true;
            listening = thread;
        }
        if (listening == null) {
            return;
        }
        listening.interrupt();
        end();
        try {
            listening.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The thread reads without a time-out: what ends that is the end of the connection. */
    private void end() {
        Connection own = connection;
        Subscription listening = subscription;
        try {
            if (own != null) {
                own.disconnect();
            } else if (listening != null && listening.isSubscribed()) {
                listening.unsubscribe();
            }
        } catch (RuntimeException e) {
            log.debug("the subscription had ended already", e);
        }
    }
}
