package io.keycoord.redis;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Each call by itself: on its caller's thread, if that may wait for its end. */
final class PlainCalls implements PoolCalls {
    private final ScriptRunner scripts;
    private final String meta;
    private final Senders senders;

    PlainCalls(ScriptRunner scripts, String meta, Senders senders) {
        this.scripts = scripts;
        this.meta = meta;
        this.senders = senders;
    }

    @Override
    public Reply run(Script script, List<String> args, @Nullable Deadline deadline, Late late) {
        if (senders.spares(deadline)) {
            return scripts.run(script, meta, args);
        }
        Call call = Call.awaited(new Batch.Item(script, args), deadline, senders.until(deadline), late);
        senders.execute(() -> make(call));
        if (call.await() == Call.State.WAITS && call.leave() == Call.State.LEFT) {
            throw Senders.late(script);
        }
        return call.answer();
    }

    @Override
    public void post(List<String> args, Late late) {
        Call call = Call.posted(args, late);
        senders.execute(() -> make(call));
    }

    private void make(Call call) {
        if (call.isVain()) {
            return;
        }
        call.make(() -> scripts.run(call.item.script(), meta, call.item.args()));
        if (!call.release()) {
            call.late.ended(call::answer);
        }
    }
}
