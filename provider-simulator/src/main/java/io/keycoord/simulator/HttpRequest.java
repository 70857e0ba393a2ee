package io.keycoord.simulator;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * A request that has been read to its end.
 *
 * @param headers by lower-case name; of a repeated one the last
 */
record HttpRequest(String method, String path, String query, boolean http10, Map<String, String> headers, String body) {

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** The value of a query parameter, decoded. */
    Optional<String> parameter(String name) {
        for (String pair : query.split("&", -1)) {
            if (pair.startsWith(name + "=")) {
                return Optional.of(URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8));
            }
        }
        return Optional.empty();
    }

    boolean keepAlive() {
        String connection = header("connection").orElse("");
        return http10 ? connection.equalsIgnoreCase("keep-alive") : !connection.equalsIgnoreCase("close");
    }
}
