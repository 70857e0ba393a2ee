package io.keycoord.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps two servers from appending to one file, which would ruin it. Ends with the JVM at the latest.
 *
 * <p>A file that this JVM has locked is not opened again: on POSIX systems, closing any handle of a file ends all locks
 * that the process has on it.
 */
final class DirectoryLock implements AutoCloseable {
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private DirectoryLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    static DirectoryLock take(Path dir) {
        try {
            Path file = dir.toRealPath().resolve("embedded-redis.lock");
            return claim(file)
                    .orElseThrow(
                            () -> new RedisStartException("directory " + dir + " is in use by another embedded Redis"));
        } catch (IOException e) {
            throw new RedisStartException("directory " + dir + " cannot be locked: " + e, e);
        }
    }

    private static Optional<DirectoryLock> claim(Path file) throws IOException {
        if (!HELD.add(file)) {
            return Optional.empty();
        }
        Optional<FileChannel> locked = Optional.empty();
        try {
            locked = locked(file);
            return locked.map(channel -> new DirectoryLock(file, channel));
        } finally {
            if (locked.isEmpty()) {
                HELD.remove(file);
            }
        }
    }

    /** The file, locked; empty if another process has the lock. */
    private static Optional<FileChannel> locked(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            locked = channel.tryLock() != null;
            return locked ? Optional.of(channel) : Optional.empty();
        } finally {
            if (!locked) {
                channel.close();
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            HELD.remove(file);
        }
    }
}
