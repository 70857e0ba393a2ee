package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.embedded.EmbeddedRedis;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract on one server; on Valkey too where it is installed. */
class StandaloneTopologyTest extends TopologyContract {
    @Override
    List<Topology> start() {
        List<Topology> all = new ArrayList<>();
        all.add(Topology.Standalone.start("redis", EmbeddedRedis.builder()));
        valkey().findFirst()
                .ifPresent(binary -> all.add(Topology.Standalone.start(
                        "valkey", EmbeddedRedis.builder().serverBinary(binary))));
        return all;
    }

    /** The calls time out, are repeated, and all of them run in the end. */
    @ParameterizedTest
    @MethodSource("places")
    void aServerThatHangsGrantsNothingTwice(Topology topology, Client client) {
        RedisKeyCoordinator keys = coordinator(topology, client, scripts -> scripts);
        keys.acquire(ONE).close();
        EmbeddedRedis primary = topology.primary();
        primary.pause();
        CompletableFuture<Void> resumed = CompletableFuture.runAsync(
                primary::resume, CompletableFuture.delayedExecutor(1_300, TimeUnit.MILLISECONDS));

        Lease lease = keys.acquire(ONE);
        resumed.join();

        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(field(topology, "in_flight")).isEqualTo("1"));
        lease.settle(Outcome.successWithoutUsage());
        assertHoldsNothing(topology);
    }

    private static Stream<Path> valkey() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(dir -> !dir.isBlank())
                .map(dir -> Path.of(dir, "valkey-server"))
                .filter(Files::isExecutable);
    }
}
