package io.keycoord.redis;

import io.keycoord.Priority;
import java.util.ArrayList;
import java.util.List;

/** Several settlements and acquires of one pool in one call of {@code lua/batch.lua}. */
final class Batch {
    /** As in the script, which serves nobody else meanwhile: a millisecond or so. */
    static final int MOST = 64;

    /** A settlement or an acquire, with the arguments of its own script. */
    record Item(Script script, List<String> args) {
        /** Of an acquire as it says; settlements keep nobody waiting. */
        Priority priority() {
            return script == Script.SETTLE ? Priority.INTERACTIVE : Script.priority(args.get(args.size() - 1));
        }
    }

    private Batch() {}

    /**
     * Runs them in the order given: settlements first.
     *
     * @return what each of them is answered; see {@link #checked}
     * @throws io.keycoord.StoreUnavailableException as {@link ScriptRunner#run} does, for all of them
     */
    static List<Reply> run(ScriptRunner scripts, String meta, List<Item> items) {
        long settles =
                items.stream().filter(item -> item.script == Script.SETTLE).count();
        List<String> args = new ArrayList<>(3 + items.size() * Script.SETTLE.args);
        args.add("");
        args.add(Long.toString(settles));
        args.add(Long.toString(items.size() - settles));
        items.forEach(item -> args.addAll(item.args.subList(1, item.args.size())));
        Reply reply = scripts.run(Script.BATCH, meta, args);
        boolean each = reply.status().equals("BATCH");
        List<Reply> replies = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            List<?> fields = each ? (List<?>) reply.fields().get(i + 1) : reply.fields();
            replies.add(new Reply(items.get(i).script, fields, reply.doubt()));
        }
        return replies;
    }

    /** The reply, or the exception that its own script would have ended with. */
    static Reply checked(Reply reply) {
        if (reply.status().equals("ERROR")) {
            RedisError error = RedisError.answered(reply.text(1));
            throw RepeatingScriptRunner.failure(reply.script(), error, Remedy.of(error), null);
        }
        return reply;
    }
}
