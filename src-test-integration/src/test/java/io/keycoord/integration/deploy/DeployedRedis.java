package io.keycoord.integration.deploy;

import io.keycoord.embedded.EmbeddedRedis;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.resps.AccessControlLogEntry;

/** A server with {@code deploy/redis.conf} and a list of users of {@code deploy} as they are, and one more user to look inside. */
final class DeployedRedis implements AutoCloseable {
    static final String WORKER = "keycoord-worker";
    static final String OPERATOR = "keycoord-operator";
    static final String DEPLOYER = "keycoord-deployer";
    /** Users who run scripts. */
    static final String USERS = "users.acl";
    /** Users who call functions. */
    static final String USERS_OF_FUNCTIONS = "users-functions.acl";

    private static final String ADMIN = "test-admin";
    private static final Path DEPLOY = Path.of("..", "deploy");

    final Jedis admin;
    private final EmbeddedRedis server;

    private DeployedRedis(EmbeddedRedis server) {
        this.server = server;
        this.admin = new Jedis(URI.create(url(ADMIN)));
    }

    static DeployedRedis start(Path temp, String template) throws IOException {
        Path acl = Files.write(temp.resolve("users.acl"), users(template));
        return new DeployedRedis(EmbeddedRedis.builder()
                .configFile(DEPLOY.resolve("redis.conf"))
                .aclFile(acl)
                .workingDirectory(temp.resolve("data"))
                .start());
    }

    private static List<String> users(String template) throws IOException {
        String users = Files.readString(DEPLOY.resolve(template))
                .replace("KEYCOORD_WORKER_SHA256", sha256(password(WORKER)))
                .replace("KEYCOORD_OPERATOR_SHA256", sha256(password(OPERATOR)))
                .replace("KEYCOORD_DEPLOYER_SHA256", sha256(password(DEPLOYER)));
        String admin = "user " + ADMIN + " on #" + sha256(password(ADMIN)) + " ~* &* +@all";
        return List.of(users.strip(), admin);
    }

    static String password(String user) {
        return user + "-password";
    }

    private static String sha256(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The commands that the template allows the user, one by one. */
    static List<String> permissions(String template, String user) throws IOException {
        String line = Files.readAllLines(DEPLOY.resolve(template)).stream()
                .filter(l -> l.startsWith("user " + user + " "))
                .findFirst()
                .orElseThrow();
        return Arrays.stream(line.split(" ", -1))
                .filter(word -> word.startsWith("+"))
                .map(word -> word.substring(1))
                .toList();
    }

    String url(String user) {
        return "redis://" + user + ":" + password(user) + "@127.0.0.1:" + server.port();
    }

    RedisClient client(String user) {
        return RedisClient.create(URI.create(url(user)));
    }

    /** No data, no scripts, no functions, nothing in the ACL log. */
    void reset() {
        admin.flushAll();
        admin.scriptFlush();
        admin.functionFlush();
        admin.aclLogReset();
    }

    /** What users were refused since {@link #reset}: the commands or names in question. */
    List<String> refused() {
        return admin.aclLog().stream().map(AccessControlLogEntry::getObject).toList();
    }

    @Override
    public void close() {
        admin.close();
        server.close();
    }
}
