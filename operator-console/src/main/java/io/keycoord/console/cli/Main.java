package io.keycoord.console.cli;

import io.keycoord.console.ChangeCommand;
import io.keycoord.console.ConfigCommand;
import io.keycoord.console.ExitCode;
import io.keycoord.console.ExplainCommand;
import io.keycoord.console.FunctionsCommand;
import io.keycoord.console.KeyCommand;
import io.keycoord.console.KeysCommand;
import io.keycoord.console.LeasesCommand;
import io.keycoord.console.LimitsCommand;
import io.keycoord.console.LogLevel;
import io.keycoord.console.PoolsCommand;
import io.keycoord.console.SimulatorCommand;
import io.keycoord.console.SwitchCommand;
import io.keycoord.console.TenantsCommand;
import io.keycoord.console.UsageException;
import io.keycoord.console.Version;
import io.keycoord.console.batch.BatchCommand;
import io.keycoord.console.bench.BenchCommand;
import io.keycoord.console.demo.DemoCommand;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code keycoord} command. A mistake of the user's is one line on standard error and exit code 2. */
@Command(
        name = "keycoord",
        description = "Shares API keys of LLM providers among many workers, within every limit.",
        subcommands = {
            BatchCommand.class,
            ConfigCommand.class,
            DemoCommand.class,
            PoolsCommand.class,
            KeysCommand.class,
            TenantsCommand.class,
            KeyCommand.class,
            LeasesCommand.class,
            ExplainCommand.class,
            LimitsCommand.class,
            ChangeCommand.Drain.class,
            ChangeCommand.Enable.class,
            ChangeCommand.Reset.class,
            ChangeCommand.Rotate.class,
            SwitchCommand.class,
            FunctionsCommand.class,
            SimulatorCommand.class,
            BenchCommand.class
        },
        scope = ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpAutoWidth = true,
        optionListHeading = "%nOptions:%n",
        parameterListHeading = "%nArguments:%n",
        commandListHeading = "%nCommands:%n")
public final class Main implements Runnable {
    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "log what happens, not only what goes wrong")
    private boolean verbose;

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "log everything, and show the stack of an error")
    private boolean debug;

    private Main() {}

    /** Entry point. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /** The command line as {@link #main} runs it; for tests, and for those who add commands. */
    public static CommandLine commandLine() {
        Main main = new Main();
        CommandLine line = new CommandLine(main);
        line.setExecutionStrategy(main::run);
        line.setExecutionExceptionHandler(main::failure);
        line.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
        line.setParameterExceptionHandler((wrong, args) -> usage(wrong));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        return line;
    }

    @Override
    public void run() {
        throw new UsageException("a command is missing, expected one of "
                + String.join(", ", commandLine().getSubcommands().keySet()) + "; see keycoord --help");
    }

    private static int usage(ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        PrintWriter err = command.getErr();
        String what = firstLine(wrong);
        if (wrong instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            what += "; did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?";
        }
        err.println(command.getCommandSpec().qualifiedName() + ": " + what);
        return ExitCode.USAGE;
    }

    private int failure(Exception failure, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        err.println(command.getCommandSpec().qualifiedName() + ": " + firstLine(failure));
        if (debug) {
            failure.printStackTrace(err);
        }
        return failure instanceof UsageException ? ExitCode.USAGE : ExitCode.FAILED;
    }

    private static String firstLine(Exception failure) {
        String message = failure.getMessage();
        if (message == null || message.isBlank()) {
            return failure.getClass().getSimpleName();
        }
        return message.lines().findFirst().orElse("").strip();
    }

    // Before the first logger is made: afterwards the level is fixed.
    private int run(ParseResult parsed) {
        if (verbose || debug) {
            System.setProperty(LogLevel.PROPERTY, debug ? "DEBUG" : "INFO");
        }
        return new RunLast().execute(parsed);
    }
}
