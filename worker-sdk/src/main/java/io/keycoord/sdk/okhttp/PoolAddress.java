package io.keycoord.sdk.okhttp;

import java.net.URI;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** The only place to which a pool's secrets go: scheme, host, port and the beginning of the path. */
final class PoolAddress {
    private final HttpUrl base;
    private final List<String> path;

    PoolAddress(URI baseUrl) {
        base = HttpUrl.get(baseUrl.toString());
        List<String> segments = base.encodedPathSegments();
        int last = segments.size() - 1;
        path = segments.get(last).isEmpty() ? segments.subList(0, last) : segments;
    }

    /** Whether {@code url} lies at or below the base URL. {@code HttpUrl} has resolved dots and defaults by then. */
    boolean covers(HttpUrl url) {
        List<String> segments = url.encodedPathSegments();
        return url.scheme().equals(base.scheme())
                && url.host().equals(base.host())
                && url.port() == base.port()
                && segments.size() >= path.size()
                && segments.subList(0, path.size()).equals(path);
    }

    /** What of the path of a URL that it covers is below the base URL. */
    List<String> below(HttpUrl url) {
        List<String> segments = url.encodedPathSegments();
        return segments.subList(path.size(), segments.size());
    }

    /** The URL with that path below the base URL. */
    HttpUrl resolved(List<String> below, @Nullable String encodedQuery) {
        String whole = Stream.concat(path.stream(), below.stream()).collect(Collectors.joining("/", "/", ""));
        return base.newBuilder().encodedPath(whole).encodedQuery(encodedQuery).build();
    }

    @Override
    public String toString() {
        return base.scheme() + "://" + base.host() + ":" + base.port() + "/" + String.join("/", path);
    }
}
