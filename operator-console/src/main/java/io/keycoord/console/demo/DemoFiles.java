package io.keycoord.console.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The demo's configuration and its secrets, in a directory that only this user can enter, as long as the demo runs. */
final class DemoFiles implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DemoFiles.class);

    private final Path directory;
    private final Path config;

    private DemoFiles(Path directory) {
        this.directory = directory;
        this.config = directory.resolve("keycoord.json");
    }

    /** Writes all files. */
    static DemoFiles write(DemoSettings settings, DemoPool pool, URI baseUrl) throws IOException {
        // Readable by the owner only, by the contract of createTempDirectory on POSIX systems.
        DemoFiles files = new DemoFiles(Files.createTempDirectory("keycoord-demo-"));
        try {
            for (DemoPool.Key key : pool.keys()) {
                write(files.secret(key.id()), key.secret() + "\n");
            }
            write(files.config, new DemoConfig(settings, pool, id -> "file:" + files.secret(id)).text(baseUrl));
            return files;
        } catch (IOException | RuntimeException e) {
            files.close();
            throw e;
        }
    }

    private static void write(Path file, String text) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text, StandardCharsets.UTF_8, StandardOpenOption.WRITE);
    }

    private Path secret(String keyId) {
        return directory.resolve(keyId + ".secret");
    }

    Path config() {
        return config;
    }

    /** Deletes everything; a second call does nothing. */
    @Override
    public void close() {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(directory)) {
            List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            log.warn("could not delete {}: {}", directory, e.toString());
        }
    }
}
