package io.keycoord.embedded;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;

/** A Redis in a container, if Docker answers. */
final class DockerRedis {
    private static final String IMAGE = "redis:7.4-alpine";
    private static final int REDIS_PORT = 6379;
    private static final long ANSWER_LIMIT_SECONDS = 5;

    private DockerRedis() {}

    static Optional<TestServer> start(Map<String, String> environment) {
        return isPlausible(environment) && answers() ? container() : Optional.empty();
    }

    /** Looks for what Docker leaves on a machine, so that nothing is loaded or logged where it never was. */
    static boolean isPlausible(Map<String, String> environment) {
        Path home = Path.of(System.getProperty("user.home"));
        Path runtime = Path.of(environment.getOrDefault("XDG_RUNTIME_DIR", "/run/user/none"));
        return environment.containsKey("DOCKER_HOST")
                || Stream.of(
                                Path.of("/var/run/docker.sock"),
                                runtime.resolve("docker.sock"),
                                runtime.resolve("podman/podman.sock"),
                                home.resolve(".docker/run/docker.sock"),
                                home.resolve(".docker/desktop/docker.sock"),
                                home.resolve(".rd/docker.sock"),
                                home.resolve(".colima/default/docker.sock"),
                                home.resolve(".testcontainers.properties"))
                        .anyMatch(Files::exists);
    }

    /** In a thread of its own: a daemon that accepts and never answers would hold the tests for ever. */
    private static boolean answers() {
        FutureTask<Boolean> question =
                new FutureTask<>(() -> DockerClientFactory.instance().isDockerAvailable());
        Thread probe = new Thread(question, "docker-probe");
        probe.setDaemon(true);
        probe.start();
        try {
            return question.get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Optional<TestServer> container() {
        GenericContainer<?> container = new GenericContainer<>(IMAGE).withExposedPorts(REDIS_PORT);
        try {
            container.start();
        } catch (RuntimeException e) {
            System.out.println("Docker answers, but " + IMAGE + " does not start: " + e.getMessage());
            container.close();
            return Optional.empty();
        }
        URI uri = URI.create("redis://" + container.getHost() + ":" + container.getMappedPort(REDIS_PORT));
        return Optional.of(new TestServer(new TestRedis(uri, "testcontainers"), container::close));
    }
}
