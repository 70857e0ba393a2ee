package io.keycoord.redis;

import io.keycoord.StoreUnavailableException;
import java.util.List;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.resps.LibraryInfo;

/** The libraries of functions of one server. */
final class JedisFunctions implements AutoCloseable {
    private final UnifiedJedis jedis;

    private JedisFunctions(UnifiedJedis jedis) {
        this.jedis = jedis;
    }

    static JedisFunctions open(String url) {
        return new JedisFunctions(JedisConnections.open(url, "keycoord-deployer"));
    }

    void load(String text) {
        jedis.functionLoadReplace(text);
    }

    List<String> list(String pattern) {
        return jedis.functionList(pattern).stream()
                .map(LibraryInfo::getLibraryName)
                .toList();
    }

    void delete(String name) {
        jedis.functionDelete(name);
    }

    /** What a question fails with that met this. */
    RuntimeException failure(RuntimeException thrown) {
        RedisError error = JedisScriptRunner.errorOf(thrown);
        return new StoreUnavailableException("functions", error.text(), Remedy.of(error).trouble, thrown);
    }

    @Override
    public void close() {
        jedis.close();
    }
}
