package io.keycoord.redis;

import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * Joins the acquires and settlements of a pool that meet. A caller who meets nobody makes its own plain call, at once and
 * on its own thread. Whoever comes while a call is under way waits for its end; the first of them then sends all that wait in
 * one call, settlements first, and then the acquires by their priority. Nobody waits for company, so there is no timer.
 *
 * <p>One call is under way at a time: a settlement that came before an acquire is never behind it in Redis.
 *
 * <p>A caller waits for at most the call under way and its own. When a call finds no Redis, those who wait behind it go
 * alone, as they would without a combiner. An interrupt ends no wait, as little as it ends a plain call; the flag stays set.
 */
final class Combiner implements PoolCalls {
    private final ScriptRunner scripts;
    private final String meta;
    private final Deque<Call> settles = new ArrayDeque<>(); // guarded by this
    private final Deque<Call> acquires = new ArrayDeque<>(); // guarded by this
    private int underWay; // guarded by this

    Combiner(ScriptRunner scripts, String meta) {
        this.scripts = scripts;
        this.meta = meta;
    }

    @Override
    public Reply run(Script script, List<String> args) {
        Call call = new Call(new Batch.Item(script, args));
        boolean leads = enters(call) || call.await() == Call.State.LEADS;
        if (leads) {
            lead(call);
        }
        return call.isAnswered() ? call.answer() : alone(call);
    }

    /** Whether no call is under way; else this one waits. */
    private synchronized boolean enters(Call call) {
        if (underWay == 0) {
            underWay = 1;
            return true;
        }
        queue(call).addLast(call);
        return false;
    }

    private Deque<Call> queue(Call call) {
        return call.item.script() == Script.SETTLE ? settles : acquires;
    }

    /** A call whose fate is its own. */
    private Reply alone(Call call) {
        return scripts.run(call.item.script(), meta, call.item.args());
    }

    private void lead(Call call) {
        List<Call> batch = batch(call);
        boolean reached = false;
        try {
            reached = batch.size() == 1 ? send(call) : send(batch);
        } finally {
            leave(reached);
            batch.stream().filter(other -> other != call).forEach(Call::release);
        }
    }

    /** The call of the leader and those that have waited longest: the settlements, and then the acquires. */
    private synchronized List<Call> batch(Call call) {
        queue(call).addFirst(call);
        List<Call> batch = new ArrayList<>();
        // The leader's own is among them, for it is the first of its kind and there is room for both.
        int room = call.item.script() == Script.SETTLE ? Batch.MOST : Batch.MOST - 1;
        move(settles, batch, room);
        move(acquires, batch, Batch.MOST - batch.size());
        batch.sort(Comparator.comparing(other -> other.priority));
        return batch;
    }

    private static void move(Deque<Call> from, List<Call> to, int most) {
        for (int i = 0; i < most && !from.isEmpty(); i++) {
            to.add(from.removeFirst());
        }
    }

    /** The next one leads; or, if Redis was not reached, all go alone. */
    private synchronized void leave(boolean reached) {
        underWay = 0;
        if (!reached) {
            settles.forEach(Call::release);
            acquires.forEach(Call::release);
            settles.clear();
            acquires.clear();
            return;
        }
        Call next = settles.isEmpty() ? acquires.pollFirst() : settles.pollFirst();
        if (next != null) {
            underWay = 1;
            next.leads();
        }
    }

    private boolean send(Call call) {
        try {
            call.answered(alone(call));
            return true;
        } catch (StoreUnavailableException e) {
            call.failed(e);
            return e.trouble() == Trouble.DAMAGED;
        } catch (RuntimeException e) {
            call.failed(e);
            return true;
        }
    }

    /** Whether Redis was reached. What may be the fault of one, an error answer or an interrupt, makes each be sent alone. */
    private boolean send(List<Call> batch) {
        try {
            List<Reply> replies = Batch.run(
                    scripts, meta, batch.stream().map(call -> call.item).toList());
            for (int i = 0; i < replies.size(); i++) {
                batch.get(i).answered(replies.get(i));
            }
            return true;
        } catch (StoreUnavailableException e) {
            if (e.trouble() != Trouble.DAMAGED && !Thread.currentThread().isInterrupted()) {
                batch.forEach(call -> call.failed(new StoreUnavailableException(
                        call.item.script().file(), "in a batch, " + e.getMessage(), e.trouble(), e)));
            }
            return e.trouble() == Trouble.DAMAGED;
        }
    }
}
