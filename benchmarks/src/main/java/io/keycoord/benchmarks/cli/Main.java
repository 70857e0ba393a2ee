package io.keycoord.benchmarks.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keycoord.benchmarks.contender.Contender;
import io.keycoord.benchmarks.contender.Contenders;
import io.keycoord.benchmarks.measure.Server;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The benchmarks' command line. A mistake of the user's is one line on standard error and exit code 2. */
@Command(
        name = "benchmarks/run",
        description = "Compares Keycoord with what a team would use instead, and measures what it costs Redis.",
        usageHelpAutoWidth = true,
        showDefaultValues = true)
public final class Main implements Callable<Integer> {

    /** How the figures are written. */
    enum Format {
        TABLE,
        JSON
    }

    @Parameters(
            paramLabel = "SECTION",
            description = "what to measure: throughput, scripts, latency, memory, waiters, sdk; all unless given",
            arity = "0..*",
            showDefaultValue = CommandLine.Help.Visibility.NEVER)
    private List<String> sections = List.of();

    @Option(names = "--seconds", defaultValue = "180", description = "length of the whole run, about")
    private int seconds;

    @Option(names = "--threads", defaultValue = "16", description = "callers at a time")
    private int threads;

    @Option(names = "--accounts", defaultValue = "1000", description = "accounts of the pools, of one key each")
    private int accounts;

    @Option(
            names = "--sizes",
            split = ",",
            defaultValue = "10,100,1000,10000,100000",
            description = "accounts of the pools of which the scripts are timed")
    private List<Integer> sizes = List.of();

    @Option(
            names = "--rates",
            split = ",",
            defaultValue = "1000,5000",
            description = "callers a second of which the latency is measured")
    private List<Integer> rates = List.of();

    @Option(names = "--waiters", defaultValue = "1000", description = "callers on a dry pool")
    private int waiters;

    @Option(
            names = "--contenders",
            split = ",",
            paramLabel = "NAME",
            description = "who takes part, by name; all unless given",
            showDefaultValue = CommandLine.Help.Visibility.NEVER)
    private List<String> contenders =
            Contenders.ALL.stream().map(Contender::name).toList();

    @Option(names = "--seed", defaultValue = "1", description = "of the keys chosen by chance, and of the arrivals")
    private long seed;

    @Option(
            names = "--redis",
            paramLabel = "URL",
            description = "an empty Redis on loopback, emptied afterwards; an embedded one unless given")
    private @Nullable String redis;

    @Option(names = "--format", defaultValue = "table", description = "${COMPLETION-CANDIDATES}")
    private Format format = Format.TABLE;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help message and exit.")
    private boolean unusedHelp;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private Main() {}

    /** Entry point. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /** The command line as {@link #main} runs it. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        line.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((wrong, args) -> {
            wrong.getCommandLine().getErr().println("benchmarks/run: " + wrong.getMessage());
            return CommandLine.ExitCode.USAGE;
        });
        return line;
    }

    @Override
    public Integer call() throws JsonProcessingException {
        Settings settings = settings();
        PrintWriter err = spec.commandLine().getErr();
        try (Server server = server()) {
            Report report = new Run(server, settings, err::println).measure();
            spec.commandLine().getOut().println(format == Format.JSON ? json(report) : TextReport.of(report));
        }
        return CommandLine.ExitCode.OK;
    }

    private Settings settings() {
        try {
            contenders.forEach(Contenders::named);
            return new Settings(
                    sections.isEmpty()
                            ? List.of(Section.values())
                            : sections.stream().map(Section::named).toList(),
                    contenders,
                    seconds,
                    threads,
                    accounts,
                    sizes,
                    rates,
                    waiters,
                    seed);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private Server server() {
        try {
            return redis == null ? Server.embedded() : Server.at(redis);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--redis: " + e.getMessage(), e);
        }
    }

    private static String json(Report report) throws JsonProcessingException {
        return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report);
    }
}
