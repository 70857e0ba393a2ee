package io.keycoord.config;

/** What has a copy of a lease, and of its settlement, before a caller is told of it. */
public enum Durability {
    /** The server that has it in its memory; what it loses with that is noticed and bounded. */
    NONE,
    /** One of its replicas as well, by WAIT: Redis 3.0 or newer. */
    REPLICA,
    /** Its append-only file on disk, by WAITAOF: Redis 7.2 or newer, with {@code appendfsync always}. */
    AOF
}
