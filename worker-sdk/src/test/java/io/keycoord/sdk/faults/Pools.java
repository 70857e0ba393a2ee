package io.keycoord.sdk.faults;

import io.keycoord.ApiSecret;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.RedisKeyCoordinator;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/** Pools of two accounts with two keys and two classes of models each. */
final class Pools {
    private static final String ACCOUNT =
            "{'id':'%1$s','limits':[{'models':'vendor/*','requests':'1000/min','concurrency':50},"
                    + "{'models':'*','requests':'1000/min','concurrency':50}],'keys':[{'id':'%1$s1','secret':'test:%2$s-%1$s1'},"
                    + "{'id':'%1$s2','secret':'test:%2$s-%1$s2'}]}";

    private Pools() {}

    /** A pool's configuration; its leases live for 2 s, so that longer calls must renew them. */
    static String pool(String id, String provider, URI baseUrl) {
        return "{'id':'" + id + "','provider':'" + provider + "','baseUrl':'" + baseUrl
                + "','leaseTtl':'2s','accounts':[" + ACCOUNT.formatted("a", id) + "," + ACCOUNT.formatted("b", id)
                + "]}";
    }

    /** The secret of key {@code a1} of one pool is {@code prefix} and {@code pool-a1}. */
    static RedisKeyCoordinator coordinator(TestRedis redis, String prefix, String... pools) {
        String json = "{'pools':[" + String.join(",", pools) + "]}";
        return RedisKeyCoordinator.builder()
                .redis(redis.uri().toString())
                .config(CoordinatorConfig.parse(json.replace('\'', '"'), Set.of("test")))
                .secrets(reference -> Optional.of(ApiSecret.of(reference.replace("test:", prefix))))
                .build();
    }
}
