package io.keycoord.sdk.jdk;

import io.keycoord.sdk.provider.Dialect;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

    /** The same address without the parameters that carry credentials; the others stay as they are written. */
    static URI withoutCredentials(URI uri) {
        String query = uri.getRawQuery();
        if (query == null) {
            return uri;
        }
        String text = uri.toString();
        String address = text.substring(0, text.indexOf('?'));
        return URI.create(address
                + Dialect.withoutCredentials(query).map(kept -> "?" + kept).orElse(""));
    }

    /** What lies here at the place that {@code uri} is below {@code own}, which covers it. */
    URI placed(URI uri, PoolUri own) {
        if (own == this) {
            return uri;
        }
        List<String> segments = segments(uri);
        List<String> below = segments.subList(own.path.size(), segments.size());
        String whole = Stream.concat(path.stream(), below.stream()).collect(Collectors.joining("/", "/", ""));
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return URI.create(base.getScheme() + "://" + base.getRawAuthority() + whole + query);
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
