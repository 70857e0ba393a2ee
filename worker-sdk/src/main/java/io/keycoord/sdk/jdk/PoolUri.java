package io.keycoord.sdk.jdk;

import java.net.URI;
import java.util.List;
import java.util.Locale;

/** The only place to which a pool's secrets go: scheme, host, port and the beginning of the path. */
final class PoolUri {
    private final URI base;
    private final List<String> path;

    PoolUri(URI base) {
        this.base = base;
        List<String> segments = segments(base);
        int last = segments.size() - 1;
        this.path = segments.get(last).isEmpty() ? segments.subList(0, last) : segments;
    }

    /** Whether {@code uri} lies at or below the base URL; one with dots in its path, which servers resolve, does not. */
    boolean covers(URI uri) {
        if (uri.getScheme() == null || uri.getHost() == null) {
            return false;
        }
        List<String> segments = segments(uri);
        return uri.getScheme().equalsIgnoreCase(base.getScheme())
                && uri.getHost().equalsIgnoreCase(base.getHost())
                && port(uri) == port(base)
                && segments.size() >= path.size()
                && segments.subList(0, path.size()).equals(path)
                && segments.stream().noneMatch(PoolUri::isDots);
    }

    private static List<String> segments(URI uri) {
        String raw = uri.getRawPath() == null ? "" : uri.getRawPath();
        return List.of((raw.startsWith("/") ? raw.substring(1) : raw).split("/", -1));
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    }

    private static boolean isDots(String segment) {
        String plain = segment.toLowerCase(Locale.ROOT).replace("%2e", ".");
        return plain.equals(".") || plain.equals("..");
    }
}
