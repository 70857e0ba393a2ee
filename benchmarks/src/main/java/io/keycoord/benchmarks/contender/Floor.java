package io.keycoord.benchmarks.contender;

import java.net.URI;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import redis.clients.jedis.RedisClient;

/** One command that does nothing: what cannot be saved. */
final class Floor implements Cycles {
    private final RedisClient redis;
    private final Consumer<RedisClient> command;

    private Floor(RedisClient redis, Consumer<RedisClient> command) {
        this.redis = redis;
        this.command = command;
    }

    static Cycles ping(URI redis, Load load) {
        return new Floor(Clients.jedis(redis, load.threads()), RedisClient::ping);
    }

    static Cycles evalsha(URI redis, Load load) {
        RedisClient client = Clients.jedis(redis, load.threads());
        String digest = client.scriptLoad("return 1");
        List<String> keys = List.of("floor");
        return new Floor(client, jedis -> jedis.evalsha(digest, keys, List.of()));
    }

    @Override
    public boolean run(SplittableRandom random) {
        command.accept(redis);
        return true;
    }

    @Override
    public void close() {
        redis.close();
    }
}
