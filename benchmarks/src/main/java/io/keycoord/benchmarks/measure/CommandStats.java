package io.keycoord.benchmarks.measure;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Redis counts of its commands ({@code INFO commandstats}). Commands that a script runs are counted as well, under
 * their own names; their time is part of the script's.
 *
 * @param commands by name, such as {@code evalsha}
 */
public record CommandStats(Map<String, Command> commands) {
    private static final Pattern LINE = Pattern.compile("(?m)^cmdstat_([^:]+):calls=(\\d+),usec=(\\d+)");

    /** Calls of a command, and their time in all. */
    public record Command(long calls, long micros) {
        private static final Command NONE = new Command(0, 0);
    }

    /** Copies the map. */
    public CommandStats {
        commands = Map.copyOf(commands);
    }

    static CommandStats parse(String info) {
        Map<String, Command> commands = new TreeMap<>();
        Matcher line = LINE.matcher(info);
        while (line.find()) {
            commands.put(line.group(1), new Command(Long.parseLong(line.group(2)), Long.parseLong(line.group(3))));
        }
        return new CommandStats(commands);
    }

    /** Calls of a command; zero for one that was not called. */
    public long calls(String command) {
        return commands.getOrDefault(command, Command.NONE).calls();
    }

    /** Runs of scripts, by digest or by text. */
    public long scripts() {
        return calls("evalsha") + calls("eval");
    }

    /** Time of scripts in all, with what they call. */
    public long scriptMicros() {
        return commands.getOrDefault("evalsha", Command.NONE).micros()
                + commands.getOrDefault("eval", Command.NONE).micros();
    }
}
