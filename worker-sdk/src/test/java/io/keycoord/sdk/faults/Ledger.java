package io.keycoord.sdk.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.sdk.faults.Row.Blame;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import redis.clients.jedis.Jedis;

/** What stands in Redis of a pool with the accounts {@code a} and {@code b}, of two keys and two classes of models each. */
final class Ledger implements AutoCloseable {
    static final String POOL = "pool";
    private static final String PREFIX = "keycoord:{pool}:";
    private static final List<String> KEYS = List.of("a1", "a2", "b1", "b2");

    private final Jedis redis;

    /** Something that is held against somebody: of a block with the instant, in milliseconds, at which it ends. */
    record Held(Blame blame, String whom, String why, long untilMs) {}

    Ledger(URI uri) {
        redis = new Jedis(uri);
    }

    /** Waits until nothing is under way any more, and looks that every slot was given back. */
    void holdsNothing() {
        await().atMost(Duration.ofSeconds(20)).until(() -> redis.zcard(PREFIX + "leases") == 1);
        assertThat(redis.hlen(PREFIX + "holders")).as("holders").isEqualTo(1);
        for (String entity : entities()) {
            assertThat(number(entity, "in_flight")).as("in flight of " + entity).isZero();
        }
    }

    private Set<String> entities() {
        Set<String> found = redis.keys(PREFIX + "account:*");
        found.removeIf(name -> !redis.type(name).equals("hash"));
        KEYS.forEach(key -> found.add(PREFIX + "key:" + key));
        return found;
    }

    private long number(String entity, String field) {
        String text = redis.hget(entity, field);
        return text == null || text.isEmpty() ? 0 : Long.parseLong(text);
    }

    /** How many calls of each key were counted so, of those that had any. */
    Map<String, Long> calls(String figure) {
        Map<String, Long> counts = new TreeMap<>();
        for (String key : KEYS) {
            long count = number(PREFIX + "key:" + key, figure);
            if (count > 0) {
                counts.put(key, count);
            }
        }
        return counts;
    }

    String state(String key) {
        return String.valueOf(redis.hget(PREFIX + "key:" + key, "state"));
    }

    /** All that is held against anybody. */
    List<Held> held() {
        List<Held> held = new ArrayList<>();
        KEYS.forEach(key -> held.addAll(ofKey(key)));
        held.addAll(ofAccount("a"));
        held.addAll(ofAccount("b"));
        redis.hgetAll(PREFIX + "outages").forEach((model, text) -> {
            String[] words = text.split(" ", -1);
            if (words.length == 8) {
                Blame blame = words[0].equals("FAILING") ? Blame.MODEL_FAILS : Blame.MODEL_RESTS;
                held.add(new Held(blame, model, words[7], Long.parseLong(words[1])));
            }
        });
        return held;
    }

    private List<Held> ofKey(String key) {
        String entity = PREFIX + "key:" + key;
        List<Held> held = new ArrayList<>();
        if (!state(key).equals("CLOSED")) {
            held.add(new Held(Blame.CREDENTIAL, key, state(key), number(entity, "until_ms")));
        } else if (number(entity, "errors_in_window") > 0) {
            held.add(new Held(Blame.KEY_ERROR, key, "", 0));
        }
        if (number(entity, "blocked_until_ms") > 0) {
            held.add(new Held(Blame.KEY, key, String.valueOf(redis.hget(entity, "blocked_why")), until(entity)));
        }
        return held;
    }

    private long until(String entity) {
        return number(entity, "blocked_until_ms");
    }

    /** A block of all classes of an account is one of the account. */
    private List<Held> ofAccount(String account) {
        List<String> blocked = entities().stream()
                .filter(name -> name.startsWith(PREFIX + "account:" + account))
                .filter(name -> until(name) > 0)
                .toList();
        if (blocked.isEmpty()) {
            return List.of();
        }
        Blame blame = blocked.size() == 1 ? Blame.MODELS_OF_ACCOUNT : Blame.ACCOUNT;
        String entity = blocked.get(0);
        return List.of(new Held(blame, account, String.valueOf(redis.hget(entity, "blocked_why")), until(entity)));
    }

    @Override
    public void close() {
        redis.close();
    }
}
