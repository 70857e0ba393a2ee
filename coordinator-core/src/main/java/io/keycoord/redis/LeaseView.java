package io.keycoord.redis;

/**
 * A lease that is out. Times are milliseconds of the server's clock.
 *
 * @param id its id
 * @param key the key it uses
 * @param account the account it is charged to
 * @param worker who holds it
 * @param tokens what was reserved
 * @param sinceMs when it was granted
 * @param expiresMs when it is taken back unless it is renewed
 * @param probe whether it decides if its key is healthy again
 */
public record LeaseView(
        String id,
        String key,
        String account,
        String worker,
        long tokens,
        long sinceMs,
        long expiresMs,
        boolean probe) {}
