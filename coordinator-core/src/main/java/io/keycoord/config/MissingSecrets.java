package io.keycoord.config;

import io.keycoord.ApiSecret;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warns once for each reference that this worker cannot resolve. */
final class MissingSecrets {
    private static final Logger LOG = LoggerFactory.getLogger(Secrets.class);

    private final Set<String> warned = ConcurrentHashMap.newKeySet();

    Optional<ApiSecret> empty(String reference, String why) {
        if (warned.add(reference)) {
            LOG.warn("The secret {} {}", reference, why);
        }
        return Optional.empty();
    }

    /** The value as a secret, if it can be one. */
    Optional<ApiSecret> secret(String reference, String value) {
        try {
            return Optional.of(ApiSecret.of(value));
        } catch (IllegalArgumentException e) {
            return empty(reference, "is empty or holds blanks or characters that cannot be sent");
        }
    }
}
