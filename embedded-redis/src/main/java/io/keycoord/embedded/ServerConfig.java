package io.keycoord.embedded;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What goes into redis.conf: nothing kept by default, then the caller's lines, then what the launcher relies on. */
record ServerConfig(
        Role role, List<String> callersLines, @Nullable Path directory) {
    ServerConfig {
        callersLines = List.copyOf(callersLines);
    }

    /** The same with a line that wins over the caller's others. */
    ServerConfig with(String line) {
        List<String> more = new ArrayList<>(callersLines);
        more.add(line);
        return new ServerConfig(role, more, directory);
    }

    List<String> lines(int port, int busPort, Path home) {
        List<String> all = new ArrayList<>();
        if (role != Role.SENTINEL) {
            all.addAll(List.of("save \"\"", "appendonly no"));
        }
        all.addAll(callersLines);
        if (role == Role.CLUSTER_NODE) {
            all.addAll(List.of("cluster-enabled yes", "cluster-announce-ip 127.0.0.1", "cluster-port " + busPort));
        }
        all.add("port " + port);
        all.add("bind 127.0.0.1");
        all.add("dir " + quoted(directory == null ? home : directory));
        all.add("daemonize no");
        all.add("supervised no");
        // The launcher reads the server's output to know when it is ready.
        all.add("logfile \"\"");
        all.add("loglevel notice");
        return all;
    }

    /** A path as redis.conf wants it, whatever characters it holds. */
    static String quoted(Path path) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : path.toAbsolutePath().normalize().toString().toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format("\\x%02x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
