package io.keycoord.redis;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RTopic;
import org.redisson.api.RedissonClient;
import org.redisson.api.listener.StatusListener;
import org.redisson.client.codec.StringCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages over Redisson, on one server, behind Sentinels or in a Cluster. The client listens on a connection for
 * subscriptions, of which it has a pool, and subscribes again when that is lost. On its threads runs nothing that waits.
 */
final class RedissonWakeups implements WakeupChannel {
    private static final Logger log = LoggerFactory.getLogger(RedissonWakeups.class);
    private static final long CLOSE_MILLIS = 1_000;

    private final RedissonClient redisson;
    private volatile boolean open;
    private volatile boolean closed;
    private @Nullable RTopic topic; // guarded by this

    RedissonWakeups(RedissonClient redisson) {
        this.redisson = redisson;
    }

    @Override
    public synchronized void open(String name, Listener listener) {
        if (closed || topic != null) {
            return;
        }
        RTopic own = redisson.getTopic(name, StringCodec.INSTANCE);
        topic = own;
        failing(own.addListenerAsync(new StatusListener() {
            @Override
            public void onSubscribe(String channel) {
                open = !closed;
                listener.changed();
            }

            @Override
            public void onUnsubscribe(String channel) {
                open = false;
                listener.changed();
            }
        }));
        failing(own.addListenerAsync(String.class, (channel, text) -> listener.message(text)));
    }

    private static void failing(CompletionStage<Integer> added) {
        var unused = added.whenComplete((id, failure) -> {
            if (failure != null) {
                log.info(
                        "no messages from Redis; waiting callers ask now and then: {}",
                        failure.getClass().getSimpleName());
            }
        });
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        RTopic own;
        synchronized (this) {
            closed = true;
            own = topic;
        }
        open = false;
        if (own == null || redisson.isShutdown()) {
            return;
        }
        try {
            own.removeAllListenersAsync().toCompletableFuture().get(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            log.debug("the subscription had ended already", e);
        }
    }
}
