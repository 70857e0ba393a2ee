package io.keycoord.redis;

import io.keycoord.config.PoolConfig;
import java.util.List;

/**
 * The calls of one pool that its durability is about, acquires and settlements: each waits for a copy of what it has written,
 * unless it is known that there would be none. Safe for use by many threads.
 */
final class CopiedCalls implements ScriptRunner {
    private final ScriptRunner plain;
    private final ScriptRunner copied;
    private final CopyWatch watch;
    private final String ttl;

    /**
     * Calls of a pool.
     *
     * @throws IllegalArgumentException if the client cannot ask for copies
     */
    CopiedCalls(ScriptRunner scripts, PoolConfig pool, CopyWatch watch) {
        this.plain = scripts;
        this.copied = scripts.copied(pool.durability());
        this.watch = watch;
        this.ttl = Long.toString(pool.leaseTtl().toMillis());
    }

    @Override
    public Reply run(Script script, String redisKey, List<String> args) {
        if (watch.isLacking()) {
            Reply reply = plain.run(script, redisKey, args);
            return new Reply(script, reply.fields(), watch.why());
        }
        Reply reply = copied.run(script, redisKey, args);
        watch.saw(reply);
        return reply;
    }

    /** Asks whether there are copies, of a pool that need not be known. Changes nothing. */
    Reply ask(String redisKey) {
        return copied.run(Script.RENEW, redisKey, List.of("", ttl, "", ""));
    }

    /** The scripts are closed by whom they belong to. */
    @Override
    public void close() {}
}
