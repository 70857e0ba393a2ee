package io.keycoord.redis;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the waiting rooms of this worker whom Redis calls, and tells Redis who waits no more. Listens from the first caller
 * who waits until {@link #close}.
 */
final class Wakeups implements WakeupChannel.Listener {
    private static final Logger log = LoggerFactory.getLogger(Wakeups.class);

    private final WakeupChannel channel;
    private final String name;
    private final Map<String, PoolSession> pools;
    private final Executor background;
    private final Set<WaitingRooms.Left> left = ConcurrentHashMap.newKeySet();
    private boolean listens; // guarded by this

    /** {@code name} is the channel's; {@code pools} is full before anybody waits. */
    Wakeups(WakeupChannel channel, String name, Map<String, PoolSession> pools, Executor background) {
        this.channel = channel;
        this.name = name;
        this.pools = pools;
        this.background = background;
    }

    /** Somebody waits. */
    void expect() {
        synchronized (this) {
            if (listens) {
                return;
            }
            listens = true;
        }
        channel.open(name, this);
    }

    /** Whether whoever is called here hears of it. */
    boolean areHeard() {
        return channel.isOpen();
    }

    @Override
    public void message(String text) {
        int space = text.lastIndexOf(' ');
        PoolSession pool = space < 0 ? null : pools.get(text.substring(0, space));
        if (pool == null) {
            log.debug("a message for a room that is not here: {}", text);
        } else {
            pool.rooms.called(text.substring(space + 1));
        }
    }

    @Override
    public void changed() {
        pools.values().forEach(pool -> pool.rooms.signal());
    }

    /** Has Redis told in the background; it would find out by itself after a few seconds. */
    void left(WaitingRooms.Left room) {
        left.add(room);
        try {
            background.execute(() -> tell(room));
        } catch (RejectedExecutionException e) {
            // This worker has ended: nobody tells it later.
            tell(room);
        }
    }

    private void tell(WaitingRooms.Left room) {
        if (left.remove(room)) {
            LeaseKeeper.guarded(room::tell);
        }
    }

    /** Ends what listens; what Redis was not told yet it is told now. */
    void close() {
        synchronized (this) {
            listens = true;
        }
        channel.close();
        left.forEach(this::tell);
        pools.values().stream()
                .filter(pool -> !pool.store.isAway())
                .forEach(pool -> LeaseKeeper.guarded(pool.rooms::close));
    }
}
