package io.keycoord.redis;

import io.keycoord.embedded.EmbeddedRedis;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

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

    private static Stream<Path> valkey() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(dir -> !dir.isBlank())
                .map(dir -> Path.of(dir, "valkey-server"))
                .filter(Files::isExecutable);
    }
}
