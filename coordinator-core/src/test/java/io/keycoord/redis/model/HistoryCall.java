package io.keycoord.redis.model;

import java.util.ArrayList;
import java.util.List;

/**
 * One call of a script as a worker sent it, and the reply of the server.
 *
 * @param from the worker and its connection
 */
record HistoryCall(String from, String pool, Verb verb, List<String> args, List<String> reply) {
    private static final int NOW = 1;
    private static final int SEQ = 2;

    HistoryCall {
        args = List.copyOf(args);
        reply = List.copyOf(reply);
    }

    HistoryCall replied(List<String> words) {
        return new HistoryCall(from, pool, verb, args, words);
    }

    String status() {
        return reply.get(0);
    }

    /** Whether the reply tells when it was; a refusal of the call itself does not. */
    boolean isDated() {
        return reply.size() > SEQ;
    }

    long now() {
        return Long.parseLong(reply.get(NOW));
    }

    long seq() {
        return Long.parseLong(reply.get(SEQ));
    }

    /** The id of the lease that an acquire or a settlement is about. */
    String lease() {
        return args.get(1);
    }

    /** What one call becomes on a clock that is told. */
    List<String> argsAt(long now) {
        List<String> dated = new ArrayList<>(args);
        dated.set(0, Long.toString(now));
        return dated;
    }
}
