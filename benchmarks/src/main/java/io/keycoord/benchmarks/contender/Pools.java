package io.keycoord.benchmarks.contender;

import io.keycoord.ApiSecret;
import io.keycoord.SecretSource;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.Secrets;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Configurations of pools of equal accounts with one key each; breakers are the standard ones. */
public final class Pools {
    private static final String SCHEME = "bench";

    private Pools() {}

    /** So wide that nothing is denied. */
    public static CoordinatorConfig wide(String pool, int accounts) {
        return pool(
                pool,
                accounts,
                "{\"requests\":\"" + Load.REQUESTS + "/min\",\"tokens\":\"" + Load.TOKENS + "/min\",\"concurrency\":"
                        + Load.CONCURRENCY + "}");
    }

    /** Equal accounts with one limit, as it stands in a configuration. */
    public static CoordinatorConfig pool(String pool, int accounts, String limit) {
        String list = IntStream.range(0, accounts)
                .mapToObj(i -> "{\"id\":\"account-" + i + "\",\"limits\":[" + limit + "],\"keys\":[{\"id\":\"key-" + i
                        + "\",\"secret\":\"" + SCHEME + ":x\"}]}")
                .collect(Collectors.joining(","));
        return CoordinatorConfig.parse(
                "{\"pools\":[{\"id\":\"" + pool + "\",\"provider\":\"openai\",\"accounts\":[" + list + "]}]}",
                Set.of(SCHEME));
    }

    /** The same for all keys: nobody is called with it. */
    public static SecretSource secrets() {
        return Secrets.of(SCHEME, reference -> Optional.of(ApiSecret.of("bench-secret")));
    }
}
