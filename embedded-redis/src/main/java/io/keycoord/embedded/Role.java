package io.keycoord.embedded;

import java.util.List;

/** What a redis-server process is started as. */
enum Role {
    SERVER("Ready to accept connections"),
    CLUSTER_NODE("Ready to accept connections"),
    /** The same program; it has no data, and keeps its state in its configuration file. */
    SENTINEL("Sentinel ID is");

    /** What it says when it can be asked. */
    final String ready;

    Role(String ready) {
        this.ready = ready;
    }

    /** What comes after the configuration file. */
    List<String> options() {
        return this == SENTINEL ? List.of("--sentinel") : List.of();
    }
}
