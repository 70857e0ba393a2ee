package io.keycoord.redis;

import io.keycoord.Priority;
import java.util.Locale;

/** The scripts in {@code lua/}, one constant a file. Their headers are their contracts. */
enum Script {
    ACQUIRE(19),
    SETTLE(15),
    BATCH(4),
    RENEW(4),
    REGISTER(5),
    OPERATE(5),
    REVIVE(8),
    SWITCH(4),
    REPORT(6),
    RECOVER(3),
    HOLD(3),
    LEAVE(3),
    PRESENT(6),
    EXPLAIN(6),
    INSPECT(3),
    POOLS(1);

    /** How many arguments the header documents; the last one of some scripts may be repeated. */
    final int args;

    private final String source;
    private final String digest;

    Script(int args) {
        this.args = args;
        this.source = ScriptSource.assemble(file());
        this.digest = ScriptSource.digest(source);
    }

    /** As the scripts spell it. */
    static String word(Priority priority) {
        return priority.name().toLowerCase(Locale.ROOT);
    }

    /** The inverse of {@link #word}. */
    static Priority priority(String word) {
        return Priority.valueOf(word.toUpperCase(Locale.ROOT));
    }

    String file() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The whole text, with what it includes. */
    String source() {
        return source;
    }

    /** What EVALSHA calls it; also its version. */
    String digest() {
        return digest;
    }
}
