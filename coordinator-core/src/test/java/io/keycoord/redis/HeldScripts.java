package io.keycoord.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Scripts that answer when the test lets them, and as it says. */
final class HeldScripts implements ScriptRunner {
    /** One call as it came. */
    record Ran(Script script, List<String> args, Thread thread) {}

    final List<Ran> ran = new CopyOnWriteArrayList<>();
    private final Semaphore permits = new Semaphore(0);

    /** By itself a plain call is answered {OK, id}, and a batch with that for each of its items. */
    volatile Function<Ran, List<?>> answers = HeldScripts::ok;

    /** Lets so many calls be answered. */
    void release(int calls) {
        permits.release(calls);
    }

    @Override
    public Reply run(Script script, String redisKey, List<String> args) {
        Ran call = new Ran(script, args, Thread.currentThread());
        ran.add(call);
        permits.acquireUninterruptibly();
        return new Reply(script, answers.apply(call));
    }

    private static List<?> ok(Ran call) {
        if (call.script != Script.BATCH) {
            return List.of("OK", call.args.get(1));
        }
        List<Object> replies = new ArrayList<>(List.of("BATCH"));
        ids(call).forEach(id -> replies.add(List.of("OK", id)));
        return replies;
    }

    /** The leases of a batch, in the order in which it names them. */
    static List<String> ids(Ran call) {
        int settles = Integer.parseInt(call.args.get(1));
        int acquires = Integer.parseInt(call.args.get(2));
        return IntStream.range(0, settles + acquires)
                .mapToObj(i -> call.args.get(
                        i < settles
                                ? 3 + (Script.SETTLE.args - 1) * i
                                : 3 + (Script.SETTLE.args - 1) * settles + (Script.ACQUIRE.args - 1) * (i - settles)))
                .toList();
    }

    @Override
    public void close() {}
}
