package io.keycoord.console.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.simulator.PromptTokens;
import io.keycoord.simulator.SimulatedAccount;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DemoConfigTest {
    private static final URI BASE_URL = URI.create("http://127.0.0.1:1234/api/v1");

    private static DemoSettings settings(int seconds, int keys) {
        return new DemoSettings(seconds, 4, keys, Optional.empty(), 1);
    }

    @Test
    void theConfigurationSaysWhatTheProviderEnforces() throws IOException {
        DemoSettings settings = settings(30, 8);
        DemoPool pool = DemoPool.of(settings);
        try (DemoFiles files = DemoFiles.write(settings, pool, BASE_URL)) {
            PoolConfig config = CoordinatorConfig.load(files.config()).pools().get(0);

            assertThat(config.accounts()).hasSameSizeAs(pool.simulated());
            for (int i = 0; i < config.accounts().size(); i++) {
                assertSame(config.accounts().get(i), pool.simulated().get(i));
            }
        }
    }

    private static void assertSame(AccountConfig configured, SimulatedAccount simulated) {
        LimitConfig limits = configured.limits().get(0);
        assertThat(configured.id()).isEqualTo(simulated.id());
        assertThat(limits.requests().get(0).amount())
                .isEqualTo(simulated.requests().orElseThrow().amount());
        assertThat(limits.requests().get(0).burst())
                .isEqualTo(simulated.requests().orElseThrow().burst());
        assertThat(limits.tokens().get(0).amount())
                .isEqualTo(simulated.tokens().orElseThrow().amount());
        assertThat(limits.tokens().get(0).burst())
                .isEqualTo(simulated.tokens().orElseThrow().burst());
        assertThat(limits.tokens().get(0).window())
                .isEqualTo(simulated.tokens().orElseThrow().window());
        assertThat(limits.concurrency()).isEqualTo(simulated.concurrency());
    }

    @Test
    void theLargestRequestFitsEveryPoolThatCanBeAskedFor() throws IOException {
        long largest = (long) Math.ceil(1.1 * PromptTokens.of(1, 800)) + 1_500;
        for (int seconds : List.of(9, 12, 30)) {
            for (int keys = 4; keys <= 24; keys++) {
                DemoSettings settings = settings(seconds, keys);
                DemoPool pool = DemoPool.of(settings);
                try (DemoFiles files = DemoFiles.write(settings, pool, BASE_URL)) {
                    LimitConfig limits = CoordinatorConfig.load(files.config())
                            .pools()
                            .get(0)
                            .accounts()
                            .get(0)
                            .limits()
                            .get(0);
                    long jitterMs = limits.tokens().get(0).arrivalJitter().toMillis();
                    long keptBack =
                            pool.tokens().perWindow() * jitterMs / pool.window().toMillis() + 1;
                    assertThat(pool.tokens().burst() - keptBack).isGreaterThanOrEqualTo(largest);
                }
            }
        }
    }

    @Test
    void onlyTheOwnerCanReadTheFilesAndTheConfigurationHoldsNoSecret() throws IOException {
        DemoSettings settings = settings(30, 4);
        DemoPool pool = DemoPool.of(settings);
        Path directory;
        try (DemoFiles files = DemoFiles.write(settings, pool, BASE_URL)) {
            directory = files.config().getParent();
            String text = Files.readString(files.config());
            pool.keys().forEach(key -> assertThat(text).doesNotContain(key.secret()));
            try (Stream<Path> all = Files.list(directory)) {
                for (Path file : all.toList()) {
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------");
                }
            }
        }

        assertThat(directory).doesNotExist();
    }

    @Test
    void everyKeyHasASecretOfItsOwnThatIsNotShown() {
        DemoPool pool = DemoPool.of(settings(30, 24));

        assertThat(pool.keys()).extracting(DemoPool.Key::secret).doesNotHaveDuplicates();
        pool.keys().forEach(key -> assertThat(pool.toString()).doesNotContain(key.secret()));
    }
}
