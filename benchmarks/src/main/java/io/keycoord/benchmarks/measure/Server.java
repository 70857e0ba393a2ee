package io.keycoord.benchmarks.measure;

import io.keycoord.embedded.EmbeddedRedis;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;

/** The redis-server that is measured: an embedded one, or one on loopback that holds nothing. One thread's. */
public final class Server implements AutoCloseable {
    private final URI uri;
    private final RedisClient admin;
    private final AutoCloseable owner;

    private Server(URI uri, AutoCloseable owner) {
        this.uri = uri;
        this.owner = owner;
        this.admin = RedisClient.create(uri.getHost(), uri.getPort());
    }

    /** An embedded one, that ends with this. */
    public static Server embedded() {
        EmbeddedRedis redis = EmbeddedRedis.start();
        return new Server(redis.uri(), redis);
    }

    /**
     * A running one. It is emptied after each measurement, and its statistics are reset.
     *
     * @throws IllegalArgumentException if it is not on loopback, needs a password, or holds Redis keys
     */
    public static Server at(String url) {
        Server server = new Server(checked(url), () -> {});
        long held = server.admin.dbSize();
        if (held > 0) {
            server.close();
            throw new IllegalArgumentException(
                    "the Redis at " + server.uri + " holds " + held + " Redis keys, expected an empty one");
        }
        return server;
    }

    private static URI checked(String url) {
        String expected = "expected redis://host:port of an empty Redis on loopback, without a password";
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the Redis URL is malformed, " + expected);
        }
        boolean plain = "redis".equals(uri.getScheme()) && uri.getPort() > 0 && uri.getUserInfo() == null;
        if (!plain || uri.getHost() == null || !isLoopback(uri.getHost())) {
            throw new IllegalArgumentException("the Redis URL is of another kind, " + expected);
        }
        return uri;
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    public URI uri() {
        return uri;
    }

    /** What INFO calls {@code redis_version}, after the server's name if it is another. */
    public String version() {
        String info = admin.info("server");
        return info.contains("valkey_version:")
                ? "Valkey " + field(info, "valkey_version")
                : "Redis " + field(info, "redis_version");
    }

    CommandStats commands() {
        return CommandStats.parse(admin.info("commandstats"));
    }

    void resetCommands() {
        admin.executeCommand(new CommandArguments(Protocol.Command.CONFIG).add("RESETSTAT"));
    }

    /** Bytes that its allocator gave out. */
    long usedMemory() {
        return Long.parseLong(field(admin.info("memory"), "used_memory"));
    }

    /** Reads from sockets: one for each command that is waited for before the next is sent. */
    long reads() {
        return Long.parseLong(field(admin.info("stats"), "total_reads_processed"));
    }

    /** CPU time of the process. */
    double cpuMicros() {
        String info = admin.info("cpu");
        return 1e6
                * (Double.parseDouble(field(info, "used_cpu_user")) + Double.parseDouble(field(info, "used_cpu_sys")));
    }

    /** Clients that are connected, this one included. */
    int connections() {
        return Integer.parseInt(field(admin.info("clients"), "connected_clients"));
    }

    boolean isEmpty() {
        return admin.dbSize() == 0;
    }

    void clear() {
        admin.flushAll();
    }

    private static String field(String info, String name) {
        Matcher line = Pattern.compile("(?m)^" + name + ":(.*?)\\r?$").matcher(info);
        if (!line.find()) {
            throw new IllegalStateException("INFO has no " + name);
        }
        return line.group(1);
    }

    @Override
    public void close() {
        admin.close();
        try {
            owner.close();
        } catch (Exception e) {
            throw new IllegalStateException("the embedded Redis did not end", e);
        }
    }
}
