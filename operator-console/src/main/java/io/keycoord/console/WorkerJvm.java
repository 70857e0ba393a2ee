package io.keycoord.console;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How a worker JVM is started: the same Java and the same class path as this process, and no secret in its arguments. */
public final class WorkerJvm {
    private WorkerJvm() {}

    /**
     * The command that runs a class; its caller adds arguments, streams and a folder.
     *
     * @param options of the Java machine besides those that every worker has
     */
    public static ProcessBuilder of(Class<?> main, String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:+UseSerialGC");
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(List.of(options));
        String logLevel = System.getProperty(LogLevel.PROPERTY);
        if (logLevel != null) {
            command.add("-D" + LogLevel.PROPERTY + "=" + logLevel);
        }
        command.add(main.getName());
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("CLASSPATH", absolute(System.getProperty("java.class.path")));
        return builder;
    }

    private static String absolute(String classPath) {
        List<String> entries = new ArrayList<>();
        for (String entry : classPath.split(File.pathSeparator, -1)) {
            entries.add(Path.of(entry).toAbsolutePath().toString());
        }
        return String.join(File.pathSeparator, entries);
    }
}
