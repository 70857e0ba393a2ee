package io.keycoord.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Where a provider is called. A secret is sent there, so the address must be safe for it. */
final class BaseUrls {
    private static final String EXPECTED = "an absolute address such as \"https://openrouter.ai/api/v1\"";
    private static final Pattern LOOPBACK =
            Pattern.compile("localhost|127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1]|\\[0:0:0:0:0:0:0:1]");

    private BaseUrls() {}

    /** What is wrong with an address, as the rest of a sentence; empty if nothing is. */
    static Optional<String> mistake(String text) {
        if (text.indexOf('@') >= 0 || text.indexOf('?') >= 0 || text.indexOf('#') >= 0) {
            return Optional.of(
                    "has a user, a query or a fragment (not shown, it may hold a secret), expected " + EXPECTED);
        }
        return uri(text).map(uri -> mistake(uri, text)).orElseGet(() -> wrong(text));
    }

    private static Optional<String> mistake(URI uri, String text) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        String host = uri.getHost();
        if (host == null || uri.getPort() == 0 || uri.getPort() > 65_535) {
            return wrong(text);
        }
        if (scheme.equals("http")) {
            return LOOPBACK.matcher(host.toLowerCase(Locale.ROOT)).matches()
                    ? Optional.empty()
                    : Optional.of("is " + Shown.text(text) + ", expected https: over http the secret would travel in"
                            + " clear; http is for loopback hosts only (localhost, 127.0.0.1, [::1])");
        }
        return scheme.equals("https") ? Optional.empty() : wrong(text);
    }

    /** The address without a slash at its end, so that paths can be joined to it. */
    static URI normal(String text) {
        return URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
    }

    private static Optional<URI> uri(String text) {
        try {
            return Optional.of(new URI(text));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> wrong(String text) {
        return Optional.of("is " + Shown.text(text) + ", expected " + EXPECTED);
    }
}
