package io.keycoord.console;

import io.keycoord.redis.PoolInspector;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that reads Redis, writes nothing there, and shows what it read. */
abstract class InspectCommand implements Callable<Integer> {
    @Mixin
    private final RedisOption redis = new RedisOption();

    @Mixin
    private final FormatOption format = new FormatOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** What is shown, in both forms. */
    record Shown(Object json, String table) {}

    abstract Shown look(PoolInspector inspector);

    @Override
    public final Integer call() {
        Shown shown;
        try (PoolInspector inspector = redis.connect()) {
            shown = look(inspector);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(
                format.isJson()
                        ? FormatOption.pretty(FormatOption.json().valueToTree(shown.json())) + "\n"
                        : shown.table());
        out.flush();
        return ExitCode.OK;
    }
}
