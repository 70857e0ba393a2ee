package io.keycoord.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A redis-server on a free port of 127.0.0.1 that lives as long as this JVM at most.
 *
 * <p>It ends with {@link #close} or with its JVM, however that ends, {@code kill -9} included; its private directory goes
 * with it. It outlives the JVM's own shutdown hooks, so that these may still use it. Ctrl-C does not reach it where the
 * {@code setsid} command exists (Linux).
 *
 * <p>Keeps nothing unless told to {@link Builder#appendOnly}. Safe for use by many threads.
 */
public final class EmbeddedRedis implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedRedis.class);
    private static final int PORT_ATTEMPTS = 5;

    private final Path binary;
    private final PrivateDirectory home;
    private final @Nullable DirectoryLock dataLock;
    // guarded by this
    private ServerConfig config;
    private int port;
    private int busPort;
    private @Nullable ServerProcess process;
    private boolean closed;

    private EmbeddedRedis(Path binary, ServerConfig config, PrivateDirectory home, @Nullable DirectoryLock dataLock) {
        this.binary = binary;
        this.config = config;
        this.home = home;
        this.dataLock = dataLock;
    }

    /**
     * Starts a server that keeps everything in memory.
     *
     * @throws RedisStartException if it does not accept connections within 10 s
     */
    public static EmbeddedRedis start() {
        return builder().start();
    }

    /** The options of a server; without any it is {@link #start}'s. */
    public static Builder builder() {
        return new Builder();
    }

    /** The port it listens on at 127.0.0.1; the same after a {@link #restart}. */
    public synchronized int port() {
        return port;
    }

    /** On which nodes of a cluster talk to this one; zero for other servers. */
    synchronized int busPort() {
        return busPort;
    }

    /** {@code redis://127.0.0.1:port}, without user or password. */
    public URI uri() {
        return URI.create("redis://127.0.0.1:" + port());
    }

    /** Whether the server process lives; false after {@link #crash}, {@link #close} or a death of its own. */
    public synchronized boolean isRunning() {
        return process != null && process.isAlive();
    }

    /** Ends the server with {@code kill -9} and returns when it is gone. A server that is not running stays so. */
    public synchronized void crash() {
        if (process != null) {
            process.kill();
        }
    }

    /** Freezes the server with SIGSTOP: it accepts connections and, from here on, answers nothing until {@link #resume}. */
    public synchronized void pause() {
        running().pause();
    }

    /** Ends a {@link #pause}. */
    public synchronized void resume() {
        running().resume();
    }

    /**
     * Starts the server again, on the same port and in the same directory; one that still runs is stopped first.
     *
     * @throws RedisStartException if it does not accept connections within 10 s, or the port was taken meanwhile
     * @throws IllegalStateException if this was closed
     */
    public synchronized void restart() {
        if (closed) {
            throw new IllegalStateException("the embedded Redis of port " + port + " is closed");
        }
        if (process != null) {
            process.stop();
        }
        try {
            process = launch(port);
        } catch (PortTakenException e) {
            throw new RedisStartException("port " + port + " was taken while redis-server was down", e);
        }
    }

    /** As {@link #restart()}, with one more line of redis.conf from now on. */
    synchronized void restart(String line) {
        config = config.with(line);
        restart();
    }

    /** Stops the server and deletes its private directory. Directories given by the caller stay. May be called twice. */
    @Override
    public synchronized void close() {
        closed = true;
        if (process != null) {
            process.stop();
        }
        home.delete();
        if (dataLock != null) {
            dataLock.close();
        }
    }

    @Override
    public String toString() {
        return "EmbeddedRedis[127.0.0.1:" + port() + "]";
    }

    private ServerProcess running() {
        if (process == null || !process.isAlive()) {
            throw new IllegalStateException("the embedded Redis of port " + port + " is not running");
        }
        return process;
    }

    private synchronized EmbeddedRedis open() {
        for (int attempt = 1; ; attempt++) {
            port = FreePort.find();
            busPort = config.role() == Role.CLUSTER_NODE ? FreePort.find() : 0;
            try {
                process = launch(port);
                return this;
            } catch (PortTakenException e) {
                if (attempt == PORT_ATTEMPTS) {
                    throw new RedisStartException(
                            "no free port for redis-server after " + attempt + " attempts; the last was " + port, e);
                }
            }
        }
    }

    private synchronized ServerProcess launch(int onPort) {
        Path file = home.path().resolve("redis.conf");
        try {
            Files.write(file, config.lines(onPort, busPort, home.path()));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
        ServerProcess started = ServerProcess.start(config.role(), binary, file, home.path());
        log.debug("redis-server {} listens on 127.0.0.1:{}", binary, onPort);
        return started;
    }

    /**
     * Options of an {@link EmbeddedRedis}. Not safe for use by many threads.
     *
     * <p>The launcher's own settings (port, bind to 127.0.0.1, dir, log to its file) win over all lines given here.
     */
    public static final class Builder {
        private final List<String> lines = new ArrayList<>();
        private @Nullable Path binary;
        private @Nullable Path directory;
        private boolean exclusive;
        private Role role = Role.SERVER;

        private Builder() {}

        Builder role(Role as) {
            role = as;
            return this;
        }

        /**
         * The redis-server or valkey-server to run. Default: the file named by {@code KEYCOORD_REDIS_SERVER} in the
         * environment, else the bundled Redis 7.0.15, else, where none is bundled for the platform, one on the PATH.
         */
        public Builder serverBinary(Path file) {
            binary = file.toAbsolutePath();
            return this;
        }

        /**
         * Keeps an append-only file in this directory, written out to disk every second, so that another server started
         * on it knows all that was acknowledged. The directory is created if missing, and refused while another
         * embedded Redis uses it.
         */
        public Builder appendOnly(Path keptIn) {
            workingDirectory(keptIn);
            exclusive = true;
            return appendOnly();
        }

        /**
         * Keeps an append-only file in the working directory: data survives {@link #crash} and {@link #restart}, but for up
         * to the last two seconds if the disk is busy; all of it with {@code config("appendfsync always")} besides.
         */
        public Builder appendOnly() {
            return config("appendonly yes").config("appendfsync everysec");
        }

        /** Redis' {@code dir}, created if missing, never deleted. Default: a private one, deleted with the server. */
        public Builder workingDirectory(Path dir) {
            directory = dir.toAbsolutePath().normalize();
            return this;
        }

        /** Users and their permissions, from a file in Redis' ACL format. */
        public Builder aclFile(Path file) {
            return config("aclfile " + ServerConfig.quoted(file));
        }

        /** A whole configuration file; lines given later win over its own. */
        public Builder configFile(Path file) {
            return config("include " + ServerConfig.quoted(file));
        }

        /** One line of redis.conf. Secrets given here reach the server through a private file, never its arguments. */
        public Builder config(String line) {
            if (line.isBlank() || line.indexOf('\n') >= 0 || line.indexOf('\r') >= 0) {
                throw new IllegalArgumentException("line is not exactly one line of redis.conf: it is "
                        + (line.isBlank() ? "blank" : line.lines().count() + " lines long"));
            }
            lines.add(line);
            return this;
        }

        /**
         * Starts the server and returns when it accepts connections.
         *
         * @throws RedisStartException if it does not within 10 s; the message carries its log, without secrets
         */
        public EmbeddedRedis start() {
            Path server = binary != null ? binary : ServerBinary.choose();
            DirectoryLock lock = claimed(directory);
            EmbeddedRedis redis = new EmbeddedRedis(
                    server, new ServerConfig(role, lines, directory), PrivateDirectory.create(), lock);
            try {
                return redis.open();
            } catch (RuntimeException e) {
                redis.close();
                throw e;
            }
        }

        private @Nullable DirectoryLock claimed(@Nullable Path dir) {
            if (dir == null) {
                return null;
            }
            try {
                Files.createDirectories(dir);
            } catch (IOException e) {
                throw new RedisStartException("working directory " + dir + " cannot be created: " + e, e);
            }
            return exclusive ? DirectoryLock.take(dir) : null;
        }
    }
}
