package io.keycoord.embedded;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Chooses the redis-server to run: the one named in the environment, the bundled one, one on the PATH. */
final class ServerBinary {
    static final String VARIABLE = "KEYCOORD_REDIS_SERVER";

    private ServerBinary() {}

    static Path choose() {
        return choose(System.getenv(), BundledServer.forThisPlatform().orElse(null));
    }

    static Path choose(Map<String, String> environment, @Nullable BundledServer bundled) {
        String named = environment.getOrDefault(VARIABLE, "");
        if (!named.isBlank()) {
            return executable(named);
        }
        if (bundled != null) {
            return bundled.extracted();
        }
        return Stream.of("redis-server", "valkey-server")
                .flatMap(name -> onPath(name, environment.getOrDefault("PATH", "")).stream())
                .findFirst()
                .orElseThrow(() -> new RedisStartException("no redis-server is bundled for " + BundledServer.platform()
                        + " and none is on the PATH; name one in " + VARIABLE));
    }

    static Optional<Path> onPath(String name) {
        return onPath(name, System.getenv().getOrDefault("PATH", ""));
    }

    private static Optional<Path> onPath(String name, String path) {
        return Arrays.stream(path.split(File.pathSeparator))
                .filter(dir -> !dir.isBlank())
                .map(dir -> Path.of(dir, name).toAbsolutePath())
                .filter(Files::isRegularFile)
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static Path executable(String named) {
        Path file = Path.of(named).toAbsolutePath();
        if (!Files.isRegularFile(file) || !Files.isExecutable(file)) {
            throw new RedisStartException(VARIABLE + " is " + named + ", expected an executable file");
        }
        return file;
    }
}
