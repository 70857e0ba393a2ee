package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition;
import io.keycoord.Acquisition.Granted;
import io.keycoord.ApiSecret;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.Outcome.Failure;
import io.keycoord.Usage;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.Secrets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets in files that change while a worker runs. */
class SecretRotationTest extends ScriptTest {
    private static final LeaseRequest ONE = LeaseRequest.of("test");

    @TempDir
    private Path folder = Path.of("");

    private void write(String value) throws IOException {
        Path fresh = Files.writeString(folder.resolve("fresh"), value);
        Files.move(
                fresh, folder.resolve("secret"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private RedisKeyCoordinator coordinator() {
        AccountConfig account =
                AccountConfig.of(KeyConfig.of("a", "file:" + folder.resolve("secret")), LimitConfig.NONE);
        return RedisKeyCoordinator.builder()
                .redis(uri.toString())
                .config(new CoordinatorConfig(List.of(headroom(account))))
                .secrets(Secrets.standard())
                .closeWait(Duration.ZERO)
                .build();
    }

    private static String secretOf(Acquisition acquisition) {
        if (!(acquisition instanceof Granted granted)) {
            return "none";
        }
        try (Lease lease = granted.lease()) {
            return lease.secret().reveal();
        }
    }

    private static void awaitSecret(RedisKeyCoordinator keys, String value) {
        await().untilAsserted(() -> assertThat(secretOf(keys.tryAcquire(ONE))).isEqualTo(value));
    }

    @Test
    void leaseThatIsOutKeepsItsSecretAndNewOnesHaveTheNewOne() throws IOException {
        write("sk-one");
        try (RedisKeyCoordinator keys = coordinator();
                Lease old = keys.acquire(ONE)) {
            write("sk-two");

            awaitSecret(keys, "sk-two");

            assertThat(old.secret().reveal()).isEqualTo("sk-one");
            old.settle(Outcome.success(Usage.tokens(1, 1)));
        }
    }

    @Test
    void keyWhoseSecretComesLaterIsUsedThen() throws IOException {
        try (RedisKeyCoordinator keys = coordinator()) {
            assertThat(keys.tryAcquire(ONE)).isInstanceOf(Acquisition.Denied.class);

            write("sk-late");

            awaitSecret(keys, "sk-late");
        }
    }

    @Test
    void deadKeyIsBackWithItsNewSecretWhateverOldLeasesBring() throws IOException {
        write("sk-one");
        try (RedisKeyCoordinator keys = coordinator();
                PoolOperator operator = PoolOperator.connect(uri.toString(), "ops")) {
            Lease late = keys.acquire(ONE);
            keys.acquire(ONE).settle(Outcome.keyFailed(Failure.DEAD, "http_401"));
            assertThat(secretOf(keys.tryAcquire(ONE))).isEqualTo("none");
            write("sk-two");

            assertThat(operator.rotate("test", "a", "new secret"))
                    .contains(new KeyChange("a", "DISABLED", "CLOSED", true));
            late.settle(Outcome.keyFailed(Failure.DEAD, "http_401"));

            awaitSecret(keys, "sk-two");
        }
    }

    @Test
    void refusedKeyIsAskedForWithoutWaitingForItsMinute() {
        String[] value = {"sk-one"};
        try (RedisKeyCoordinator keys = RedisKeyCoordinator.builder()
                .redis(uri.toString())
                .config(new CoordinatorConfig(List.of(headroom(Pools.solo("a", LimitConfig.NONE)))))
                .secrets(reference -> Optional.of(ApiSecret.of(value[0])))
                .closeWait(Duration.ZERO)
                .build()) {
            Lease lease = keys.acquire(ONE);
            value[0] = "sk-two";
            lease.settle(Outcome.keyFailed(Failure.ERROR, "http_401"));

            awaitSecret(keys, "sk-two");
        }
    }
}
