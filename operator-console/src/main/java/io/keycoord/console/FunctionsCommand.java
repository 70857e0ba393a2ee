package io.keycoord.console;

import io.keycoord.redis.FunctionLoader;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code keycoord functions load|list|prune|show}. */
@Command(
        name = "functions",
        description = "Loads the scripts as Redis functions, for workers that may not load them themselves.",
        subcommands = {
            FunctionsCommand.Load.class,
            FunctionsCommand.Listing.class,
            FunctionsCommand.Prune.class,
            FunctionsCommand.Show.class
        })
public final class FunctionsCommand implements Runnable {
    @Override
    public void run() {
        throw new UsageException(
                "a command is missing, expected load, list, prune or show; see keycoord functions --help");
    }

    /** What asks a server. */
    abstract static class Asking implements Callable<Integer> {
        @Mixin
        private final RedisAddress address = new RedisAddress();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        abstract void ask(FunctionLoader functions, PrintWriter out);

        @Override
        public final Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            try (FunctionLoader functions = address.open(FunctionLoader::connect)) {
                ask(functions, out);
            }
            out.flush();
            return ExitCode.OK;
        }
    }

    /** {@code keycoord functions load}. */
    @Command(
            name = "load",
            description = {
                "Loads the library of this version; its replicas take it from a server. Of a Cluster every primary needs it.",
                "Those of other versions stay. To be run before workers of this version are started."
            })
    static final class Load extends Asking {
        @Override
        void ask(FunctionLoader functions, PrintWriter out) {
            out.println(FunctionLoader.name() + (functions.load() ? " is loaded" : " was there already"));
        }
    }

    /** {@code keycoord functions list}. */
    @Command(name = "list", description = "Lists the libraries of all versions that a server has.")
    static final class Listing extends Asking {
        @Override
        void ask(FunctionLoader functions, PrintWriter out) {
            Table table = new Table("LIBRARY", "VERSION");
            functions.list().forEach(name -> table.add(name, name.equals(FunctionLoader.name()) ? "this" : "another"));
            out.print(table);
        }
    }

    /** {@code keycoord functions prune}. */
    @Command(
            name = "prune",
            description = {
                "Deletes the libraries of all other versions.",
                "To be run when no worker of them is left: theirs fail from then on, unless they may load it again."
            })
    static final class Prune extends Asking {
        @Override
        void ask(FunctionLoader functions, PrintWriter out) {
            List<String> gone = functions.prune();
            gone.forEach(name -> out.println(name + " is deleted"));
            if (gone.isEmpty()) {
                out.println("there is no other version");
            }
        }
    }

    /** {@code keycoord functions show}. */
    @Command(name = "show", description = "Prints the library of this version, as FUNCTION LOAD wants it.")
    static final class Show implements Callable<Integer> {
        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            out.print(FunctionLoader.text());
            out.flush();
            return ExitCode.OK;
        }
    }
}
