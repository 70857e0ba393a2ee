package io.keycoord.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.benchmarks.contender.Contender;
import io.keycoord.benchmarks.contender.Contender.Role;
import io.keycoord.benchmarks.contender.Contenders;
import io.keycoord.benchmarks.contender.Cycles;
import io.keycoord.benchmarks.contender.Load;
import io.keycoord.redis.PoolInspector;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each contender really asks of Redis, by Redis' own count. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContenderCommandsTest {
    private static final int CYCLES = 300;
    private static final Load LOAD = new Load(20, 1);

    private final SplittableRandom random = new SplittableRandom(1);
    private Server server = Server.embedded();

    @BeforeAll
    void start() {
        server.clear();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    static List<Contender> keycoord() {
        return Contenders.ALL.stream()
                .filter(contender -> contender.role() == Role.KEYCOORD)
                .toList();
    }

    /** Of so many cycles, all of them granted; the contender has gone without leaving a connection. */
    private CommandStats commandsOf(Contender contender) {
        CommandStats commands;
        try (Cycles cycles = contender.open(server.uri(), LOAD)) {
            // The first cycle makes connections, and sends scripts that Redis does not know.
            assertThat(cycles.run(random)).isTrue();
            server.resetCommands();
            for (int i = 0; i < CYCLES; i++) {
                assertThat(cycles.run(random)).isTrue();
            }
            commands = server.commands();
        }
        await().untilAsserted(() -> assertThat(server.connections()).isEqualTo(1));
        return commands;
    }

    private CommandStats commandsOf(String contender) {
        return commandsOf(Contenders.named(contender));
    }

    @ParameterizedTest
    @MethodSource("keycoord")
    void keycoordTakesOneScriptToAcquireAndOneToSettleEachLease(Contender contender) {
        CommandStats commands = commandsOf(contender);

        assertThat(commands.calls("evalsha")).isEqualTo(2 * CYCLES);
        assertThat(commands.calls("eval")).isZero();
        try (PoolInspector inspector = PoolInspector.connect(server.uri().toString())) {
            assertThat(inspector.pools())
                    .isNotEmpty()
                    .allSatisfy(pool -> assertThat(inspector.leases(pool)).isEmpty());
        }
    }

    @Test
    void theFloorIsOneCommand() {
        assertThat(commandsOf("ping").calls("ping")).isEqualTo(CYCLES);
        assertThat(commandsOf("evalsha").calls("evalsha")).isEqualTo(CYCLES);
    }

    /** Besides the two reads before; those within the scripts are counted too. */
    @Test
    void bucket4jReadsAndSwapsEachOfItsTwoBuckets() {
        CommandStats commands = commandsOf("bucket4j");

        assertThat(commands.scripts()).isEqualTo(2 * CYCLES);
        assertThat(commands.calls("get")).isBetween(3L * CYCLES, 4L * CYCLES);
    }

    @Test
    void redissonRunsAScriptForEachLimiterAndTwoForThePermit() {
        assertThat(commandsOf("redisson").scripts()).isEqualTo(4 * CYCLES);
    }
}
