package io.keycoord.redis.model;

import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.redis.PlannedPool;
import java.net.URI;
import java.util.Optional;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/** Mutants on a Redis of their own, which is replaced when one of them never ends. For use by one thread. */
final class MutantScripts implements AutoCloseable {
    private static final int FLUSH_EVERY = 100;

    private EmbeddedRedis redis = EmbeddedRedis.start();
    private int tried;

    /** Plays programs until one shows a difference; empty if none does. */
    Optional<String> difference(Mutant mutant, Iterable<Play> plays) {
        if (++tried % FLUSH_EVERY == 0) {
            try (RedisClient client = RedisClient.create(uri())) {
                client.scriptFlush("");
                client.flushAll();
            }
        }
        try (Scripts scripts =
                new Scripts(uri(), file -> file.equals(mutant.file()) ? mutant.text() : PlannedPool.text(file))) {
            return difference(new Comparison(scripts), plays);
        } catch (JedisConnectionException e) {
            restart();
            return Optional.of("no answer: " + e.getMessage());
        } catch (JedisException e) {
            return Optional.of("not a script: " + e.getMessage());
        }
    }

    private static Optional<String> difference(Comparison comparison, Iterable<Play> plays) {
        for (Play play : plays) {
            Optional<String> difference = comparison.run(play);
            if (difference.isPresent()) {
                return difference;
            }
        }
        return Optional.empty();
    }

    private void restart() {
        redis.close();
        redis = EmbeddedRedis.start();
    }

    private URI uri() {
        return redis.uri();
    }

    @Override
    public void close() {
        redis.close();
    }
}
