package io.keycoord.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A directory of one server that only its user can enter; holds configuration, log and, by default, data. */
record PrivateDirectory(Path path) {
    private static final Logger log = LoggerFactory.getLogger(PrivateDirectory.class);

    static PrivateDirectory create() {
        try {
            // Readable by the owner only, by the contract of createTempDirectory on POSIX systems.
            return new PrivateDirectory(
                    Files.createTempDirectory("keycoord-redis-").toAbsolutePath());
        } catch (IOException e) {
            throw new RedisStartException(
                    "no temporary directory in " + System.getProperty("java.io.tmpdir") + ": " + e, e);
        }
    }

    /** Deletes it with all it holds; a second call does nothing. */
    void delete() {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(path)) {
            List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            log.warn("could not delete {}: {}", path, e.toString());
        }
    }
}
