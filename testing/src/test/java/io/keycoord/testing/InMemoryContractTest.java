package io.keycoord.testing;

import static io.keycoord.testing.CoordinatorContract.ONE;
import static io.keycoord.testing.CoordinatorContract.perMinute;
import static io.keycoord.testing.CoordinatorContract.pool;
import static io.keycoord.testing.CoordinatorContract.reason;
import static io.keycoord.testing.CoordinatorContract.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Acquisition.Reason;
import io.keycoord.ApiSecret;
import io.keycoord.KeyCoordinator;
import io.keycoord.Outcome;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.redis.RedisKeyCoordinator;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** In memory. */
class InMemoryContractTest implements CoordinatorContract {
    @RegisterExtension
    final KeycoordExtension keycoord = KeycoordExtension.inMemory();

    @Override
    public KeycoordExtension keycoord() {
        return keycoord;
    }

    @Test
    void timePassesWhenTheTestSaysSo() {
        MovableClock clock = MovableClock.now();
        try (KeyCoordinator keys = RedisKeyCoordinator.builder()
                .host(new InMemoryStore(clock))
                .config(CoordinatorConfig.of(pool(solo("a", perMinute(1)))))
                .secrets(reference -> Optional.of(ApiSecret.of("secret-of-nobody")))
                .build()) {
            keys.tryAcquire(ONE).orElseThrow().settle(Outcome.successWithoutUsage());
            assertThat(reason(keys.tryAcquire(ONE))).isEqualTo(Reason.RATE_LIMITED);

            clock.advance(Duration.ofSeconds(59));
            assertThat(reason(keys.tryAcquire(ONE))).isEqualTo(Reason.RATE_LIMITED);
            clock.advance(Duration.ofSeconds(1));

            keys.tryAcquire(ONE).orElseThrow().close();
        }
    }
}
