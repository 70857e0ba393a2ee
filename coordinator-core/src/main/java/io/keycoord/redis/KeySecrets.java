package io.keycoord.redis;

import io.keycoord.ApiSecret;
import io.keycoord.SecretSource;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.PoolConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The secrets that this worker has for the keys of one pool. They may change while it runs: {@link #look}, to be called
 * about once a second, asks for those anew that may have changed. A secret that is gone stays in use. Safe for use by many
 * threads, of which one looks.
 */
final class KeySecrets {
    private static final Logger log = LoggerFactory.getLogger(KeySecrets.class);

    /** How long a source without stamps is not asked again for the same secret, unless the key was refused. */
    private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

    /** How many keys are looked at, besides those that were used or refused. */
    private static final int KEYS_PER_LOOK = 500;

    /** Each of them is a word of every acquire. */
    private static final int STRANGERS_REMEMBERED = 200;

    private static final class Kept {
        final String key;
        final String reference;
        volatile @Nullable ApiSecret secret;
        volatile boolean used;
        volatile boolean refused;
        Optional<String> stamp = Optional.empty(); // of the thread that looks, as all below
        long askedNanos;
        boolean warned;

        Kept(KeyConfig key) {
            this.key = key.id();
            this.reference = key.secret();
        }
    }

    private final String pool;
    private final SecretSource source;
    private final LongSupplier nanoTime;
    private final Runnable onFirstSecret;
    private final Map<String, Kept> byKey = new LinkedHashMap<>();
    private final Set<String> strangers = ConcurrentHashMap.newKeySet();
    private final List<Kept> all;
    private volatile String missing;
    private int next; // of the thread that looks, as all below
    private boolean foundFirst;

    /**
     * Asks for all of them.
     *
     * @param onFirstSecret runs when keys have got a secret that had none
     */
    KeySecrets(PoolConfig pool, SecretSource source, LongSupplier nanoTime, Runnable onFirstSecret) {
        this.pool = pool.id();
        this.source = source;
        this.nanoTime = nanoTime;
        this.onFirstSecret = onFirstSecret;
        for (AccountConfig account : pool.accounts()) {
            account.keys().forEach(key -> byKey.put(key.id(), first(key)));
        }
        this.all = new ArrayList<>(byKey.values());
        this.missing = String.join(",", withoutSecret());
        warn();
    }

    private Kept first(KeyConfig key) {
        Kept kept = new Kept(key);
        kept.stamp = source.stamp(kept.reference);
        kept.secret = source.resolve(kept.reference).orElse(null);
        kept.askedNanos = nanoTime.getAsLong();
        return kept;
    }

    private void warn() {
        if (!missing.isEmpty()) {
            SortedSet<String> keys = withoutSecret();
            log.warn(
                    "pool {}: this worker has no secret for {} of its keys and leaves them to others: {}",
                    pool,
                    keys.size(),
                    keys);
        }
    }

    private SortedSet<String> withoutSecret() {
        SortedSet<String> ids = new TreeSet<>(strangers);
        byKey.values().stream().filter(kept -> kept.secret == null).forEach(kept -> ids.add(kept.key));
        return ids;
    }

    /** The secret of a key, if this worker has it. */
    Optional<ApiSecret> of(String keyId) {
        Kept kept = byKey.get(keyId);
        if (kept == null) {
            return Optional.empty();
        }
        if (!kept.used) {
            kept.used = true;
        }
        return Optional.ofNullable(kept.secret);
    }

    boolean has(String keyId) {
        Kept kept = byKey.get(keyId);
        return kept != null && kept.secret != null;
    }

    /** The ids of the keys this worker cannot use, joined by commas. */
    String missing() {
        return missing;
    }

    /**
     * Redis has a key that the configuration here has not; from now on it counts as one without a secret.
     *
     * @return whether that was not known
     */
    boolean isNews(String keyId) {
        boolean news = !byKey.containsKey(keyId) && strangers.size() < STRANGERS_REMEMBERED && strangers.add(keyId);
        if (news) {
            missing = String.join(",", withoutSecret());
        }
        return news;
    }

    /** The provider has refused the key, so perhaps there is another secret for it. */
    void refused(String keyId) {
        Kept kept = byKey.get(keyId);
        if (kept != null) {
            kept.refused = true;
        }
    }

    /** Asks for what may have changed, of the keys that were used or refused and of some others in turn. Never throws; not to be called by two threads at once. */
    void look() {
        all.stream().filter(kept -> kept.used || kept.refused).forEach(this::look);
        int most = Math.min(KEYS_PER_LOOK, all.size());
        for (int i = 0; i < most; i++) {
            look(all.get(next));
            next = (next + 1) % all.size();
        }
        if (foundFirst) {
            foundFirst = false;
            missing = String.join(",", withoutSecret());
            onFirstSecret.run();
        }
    }

    private void look(Kept kept) {
        boolean refused = kept.refused;
        kept.used = false;
        kept.refused = false;
        try {
            Optional<String> stamp = source.stamp(kept.reference);
            boolean old = nanoTime.getAsLong() - kept.askedNanos >= PAUSE_NANOS;
            if (refused || (stamp.isPresent() ? !stamp.equals(kept.stamp) : old)) {
                ask(kept, stamp);
            }
        } catch (RuntimeException e) {
            // Its message may hold anything.
            lacks(kept, "cannot be asked for (" + e.getClass().getSimpleName() + ")");
        }
    }

    private void ask(Kept kept, Optional<String> stamp) {
        kept.askedNanos = nanoTime.getAsLong();
        Optional<ApiSecret> found = source.resolve(kept.reference);
        if (!source.stamp(kept.reference).equals(stamp)) {
            // It is being written just now; the next look reads it whole.
            return;
        }
        kept.stamp = stamp;
        if (found.isEmpty()) {
            lacks(kept, "is gone");
        } else if (kept.secret == null || !kept.secret.equals(found.get())) {
            take(kept, found.get());
        }
    }

    private void take(Kept kept, ApiSecret found) {
        boolean first = kept.secret == null;
        kept.secret = found;
        kept.warned = false;
        log.info("pool {}: this worker has {} secret for key {} ({})", pool, first ? "a" : "another", kept.key, found);
        foundFirst |= first;
    }

    private void lacks(Kept kept, String why) {
        if (kept.secret != null && !kept.warned) {
            kept.warned = true;
            log.warn("pool {}: the secret of key {} {}; this worker goes on with the last one", pool, kept.key, why);
        }
    }
}
