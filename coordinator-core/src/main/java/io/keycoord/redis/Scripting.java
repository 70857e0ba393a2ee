package io.keycoord.redis;

/** How the scripts are called. What they do is the same, and workers that call them in either way share pools. */
public enum Scripting {
    /** By their digest, and by their text where a server does not know them: needs the permissions {@code evalsha} and {@code eval}. */
    EVALSHA,
    /**
     * As a library of functions, which each server keeps, saves and sends to its replicas: Redis 7.0 or newer. Needs the
     * permission {@code fcall}. A library that is missing is loaded by whoever may, with {@code function|load}; to others the
     * call fails as {@link io.keycoord.StoreUnavailableException.Trouble#NO_ACCESS}, until somebody loads it with
     * {@link FunctionLoader}, or {@code keycoord functions load}. Each version has a library of its own.
     */
    FUNCTIONS
}
