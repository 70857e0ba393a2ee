package io.keycoord.benchmarks.cli;

import io.keycoord.benchmarks.measure.Server;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * What the figures were made on.
 *
 * @param processor its name, or the architecture where the system does not tell
 * @param processors how many of them
 * @param system the operating system
 * @param java version of the JVM
 * @param server name and version of the redis-server
 * @param jedis version
 * @param redisson version
 * @param bucket4j version
 * @param load of the system in the last minute, when the run began; negative where the system does not tell
 */
record Machine(
        String processor,
        int processors,
        String system,
        String java,
        String server,
        String jedis,
        String redisson,
        String bucket4j,
        double load) {

    static Machine of(Server server) {
        return new Machine(
                processorName(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                Runtime.version().toString(),
                server.version(),
                version("redis.clients/jedis"),
                version("org.redisson/redisson"),
                version("com.bucket4j/bucket4j_jdk17-jedis"),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    /** The machine and the versions, in two lines. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s, %d processors, %s, load %.2f at the start%nJava %s, %s, Jedis %s, Redisson %s, Bucket4j %s",
                processor,
                processors,
                system,
                load,
                java,
                server,
                jedis,
                redisson,
                bucket4j);
    }

    private static String processorName() {
        Path file = Path.of("/proc/cpuinfo");
        if (Files.isReadable(file)) {
            try (Stream<String> lines = Files.lines(file)) {
                return lines.filter(line -> line.startsWith("model name"))
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .findFirst()
                        .orElse(System.getProperty("os.arch"));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + file, e);
            }
        }
        return System.getProperty("os.arch");
    }

    /** What Maven wrote into the library's jar. */
    private static String version(String library) {
        String file = "/META-INF/maven/" + library + "/pom.properties";
        try (InputStream in = Machine.class.getResourceAsStream(file)) {
            Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties.getProperty("version", "unknown");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }
}
