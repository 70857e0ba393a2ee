package io.keycoord.redis;

/**
 * Names the Redis keys this library touches; see {@code docs/design/keyspace.md}. All of a pool's Redis keys share the
 * hash tag {@code {pool}}, so a script that is given the first finds the others on the same node.
 *
 * @param namespace the first part of every name
 */
record Keyspace(String namespace) {

    static final Keyspace STANDARD = new Keyspace("keycoord");

    /** The pool's meta hash, from which the scripts name all others. */
    String meta(String pool) {
        return prefix(pool) + "meta";
    }

    /** The set of the namespace's pools. */
    String pools() {
        return namespace + ":pools";
    }

    /** Where a worker hears that somebody who waits there is to ask again; as in {@code lua/lib/waiting.lua}. */
    String wakeups(String worker) {
        return namespace + ":wake:" + worker;
    }

    String prefix(String pool) {
        return namespace + ":{" + pool + "}:";
    }
}
