package io.keycoord.redis.model;

import io.keycoord.model.Verb;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * One call of a script as a worker sent it, and the reply of the server.
 *
 * @param from the worker and its connection
 */
record HistoryCall(String from, String pool, Verb verb, List<String> args, List<String> reply) {
    private static final int NOW = 1;
    private static final int SEQ = 2;
    private static final int WAITS = 6;
    private static final int TICKET = 15;

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
        return reply.size() > (verb == Verb.LEAVE ? NOW : SEQ);
    }

    long now() {
        return Long.parseLong(reply.get(NOW));
    }

    /** The sequence number that the reply tells; who leaves is not told. */
    OptionalLong seq() {
        return verb == Verb.LEAVE ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(reply.get(SEQ)));
    }

    /** The id of the lease that an acquire or a settlement is about. */
    String lease() {
        return args.get(1);
    }

    /** Whether the caller waits for an event from now on. */
    boolean waits() {
        return verb == Verb.ACQUIRE
                && status().equals("DENIED")
                && reply.get(WAITS).equals("1");
    }

    /** Whether a settlement tells what its answer said of limits. */
    boolean isLearnt() {
        return !args.get(args.size() - 1).isEmpty();
    }

    /** When the caller of an acquire began to wait; empty if it has not. */
    String ticket() {
        return args.get(TICKET);
    }

    /** What one call becomes on a clock that is told. */
    List<String> argsAt(long now) {
        List<String> dated = new ArrayList<>(args);
        dated.set(0, Long.toString(now));
        return dated;
    }
}
