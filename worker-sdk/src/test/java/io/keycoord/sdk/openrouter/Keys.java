package io.keycoord.sdk.openrouter;

import io.keycoord.ApiSecret;
import io.keycoord.SecretSource;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.RedisKeyCoordinator;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/** A pool of two accounts with one key each: {@code a1} with {@code sim-secret-a1}, and {@code b1}. */
final class Keys {
    static final String POOL = "pool";
    private static final String CONFIG = """
            {"pools": [{"id": "pool", "provider": "openrouter", "baseUrl": "URL",
              "headers": {"HTTP-Referer": "https://app.example", "X-Title": "app"},
              "accounts": [
                {"id": "a", "limits": [{"models": "*", "requests": "100/s", "concurrency": SLOTS}],
                 "keys": [{"id": "a1", "secret": "test:a1"}]},
                {"id": "b", "limits": [{"models": "*", "requests": "100/s", "concurrency": SLOTS}],
                 "keys": [{"id": "b1", "secret": "test:b1"}]}]}]}
            """;

    private Keys() {}

    static RedisKeyCoordinator coordinator(TestRedis redis, URI baseUrl) {
        return coordinator(redis, baseUrl, 20);
    }

    static RedisKeyCoordinator coordinator(TestRedis redis, URI baseUrl, int slots) {
        SecretSource secrets = reference -> Optional.of(ApiSecret.of(reference.replace("test:", "sim-secret-")));
        String json = CONFIG.replace("URL", baseUrl.toString()).replace("SLOTS", Integer.toString(slots));
        return RedisKeyCoordinator.builder()
                .redis(redis.uri().toString())
                .config(CoordinatorConfig.parse(json, Set.of("test")))
                .secrets(secrets)
                .build();
    }
}
