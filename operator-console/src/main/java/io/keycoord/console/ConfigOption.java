package io.keycoord.console;

import io.keycoord.config.ConfigException;
import io.keycoord.config.CoordinatorConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The configuration file. */
public final class ConfigOption {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            defaultValue = "${KEYCOORD_CONFIG:-keycoord.json}",
            description = "the configuration (default: $KEYCOORD_CONFIG, else keycoord.json)")
    private Path file = Path.of("keycoord.json");

    public Path file() {
        return file;
    }

    /**
     * Reads it.
     *
     * @throws UsageException if it is not there or has mistakes
     */
    public CoordinatorConfig load() {
        return load(file);
    }

    static CoordinatorConfig load(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new UsageException("the configuration " + file + " is not a file that can be read");
        }
        try {
            return CoordinatorConfig.load(file);
        } catch (ConfigException e) {
            String first =
                    e.mistakes().isEmpty() ? "" + e.getMessage() : e.mistakes().get(0);
            int more = e.mistakes().size() - 1;
            throw new UsageException(file + ": " + first
                    + (more > 0 ? " (and " + more + " more: keycoord config check " + file + ")" : ""));
        }
    }
}
