package io.keycoord.console;

import io.keycoord.config.ConfigException;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.Secrets;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code keycoord config check}. */
@Command(
        name = "check",
        description = {
            "Reads a configuration and tells every mistake in it; of one without, what it says.",
            "Secrets are looked up where this command runs and shown by their references only. Redis is not asked."
        },
        footer = {"", "Exit codes: 0 the configuration can be used, 2 it has mistakes."})
final class ConfigCheckCommand implements Callable<Integer> {
    @Mixin
    private final FormatOption format = new FormatOption();

    @Parameters(paramLabel = "FILE", description = "the configuration")
    private Path file = Path.of("");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        if (!Files.isRegularFile(file)) {
            throw new UsageException("the configuration " + file + " is not a file that can be read");
        }
        PrintWriter out = spec.commandLine().getOut();
        try {
            ConfigReport report = new ConfigReport(CoordinatorConfig.load(file), Secrets.standard());
            out.print(format.isJson() ? FormatOption.pretty(report.json()) + "\n" : report.table());
            out.flush();
            return ExitCode.OK;
        } catch (ConfigException e) {
            tell(e);
            return ExitCode.USAGE;
        }
    }

    private void tell(ConfigException wrong) {
        PrintWriter err = spec.commandLine().getErr();
        int count = wrong.mistakes().size();
        err.println(file + ": " + count + (count == 1 ? " mistake" : " mistakes"));
        wrong.mistakes().forEach(mistake -> err.println("  " + mistake));
    }
}
