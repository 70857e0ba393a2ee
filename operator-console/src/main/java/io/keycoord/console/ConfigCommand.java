package io.keycoord.console;

import picocli.CommandLine.Command;

/** {@code keycoord config}. */
@Command(
        name = "config",
        description = "Checks configuration files, and makes them hold.",
        subcommands = {ConfigCheckCommand.class, ConfigApplyCommand.class})
public final class ConfigCommand implements Runnable {
    @Override
    public void run() {
        throw new UsageException("a command is missing, expected check or apply; see keycoord config --help");
    }
}
