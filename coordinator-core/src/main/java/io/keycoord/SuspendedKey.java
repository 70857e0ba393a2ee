package io.keycoord;

import java.util.Objects;
import java.util.Set;

/**
 * A key that gives no leases now, though no operator has said so. Immutable.
 *
 * @param id its id
 * @param account the account whose limits it shares
 * @param inService whether its breaker is closed, so that only a block keeps it, or its account, out
 * @param causes why it is out: the words that outcomes gave, such as {@code http_401_key_invalid}; one or two
 */
public record SuspendedKey(String id, String account, boolean inService, Set<String> causes) {
    public SuspendedKey {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(account, "account");
        causes = Set.copyOf(causes);
    }
}
