package io.keycoord.embedded;

import java.net.URI;
import java.util.Map;
import java.util.Optional;

/** Where the tests' Redis comes from, and what to close after the last test. */
record TestServer(TestRedis redis, Runnable end) implements AutoCloseable {
    static final String VARIABLE = "KEYCOORD_TEST_REDIS_URL";

    static TestServer start(Map<String, String> environment) {
        TestServer server = choose(environment);
        // Not through a logger: people look for this line when a test behaves differently elsewhere.
        System.out.println("Tests use the Redis at " + server.redis());
        return server;
    }

    private static TestServer choose(Map<String, String> environment) {
        String url = environment.getOrDefault(VARIABLE, "");
        if (!url.isBlank()) {
            return new TestServer(new TestRedis(checked(url), TestRedis.URL), () -> {});
        }
        return inContainer(environment).orElseGet(TestServer::embedded);
    }

    private static URI checked(String url) {
        if (!url.matches("rediss?://[^\\s/]+(/\\d*)?")) {
            // The value may hold a password.
            throw new IllegalArgumentException(
                    VARIABLE + " is not of the form redis[s]://[user:password@]host[:port][/database]");
        }
        return URI.create(url);
    }

    private static Optional<TestServer> inContainer(Map<String, String> environment) {
        try {
            return DockerRedis.start(environment);
        } catch (NoClassDefFoundError e) {
            // Testcontainers is optional; without it there is no container.
            return Optional.empty();
        }
    }

    static TestServer embedded() {
        EmbeddedRedis server = EmbeddedRedis.start();
        return new TestServer(new TestRedis(server.uri(), "embedded"), server::close);
    }

    @Override
    public void close() {
        end.run();
    }
}
