package io.keycoord.redis;

import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.redis.Call.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Joins the acquires and settlements of a pool that meet. A caller who meets nobody makes its own plain call, at once and
 * on its own thread. Whoever comes while a call is under way waits for its end; the first of them then sends all that wait in
 * one call, settlements first, and then the acquires by their priority. Nobody waits for company, so there is no timer.
 *
 * <p>One call is under way at a time: a settlement that came before an acquire is never behind it in Redis.
 *
 * <p>A caller waits for at most the call under way and its own, and not beyond its deadline: who has less time than a call may
 * take has one of the {@link Senders} call in its place, and goes when its time is over. When a call finds no Redis, those who
 * wait behind it fail as it did. An interrupt ends no wait, as little as it ends a plain call; the flag stays set.
 */
final class Combiner implements PoolCalls {
    /** What a call has met. */
    private enum Met {
        REDIS,
        /** Nothing that answers. */
        SILENCE,
        /** What may be the fault of one of its parts. */
        TROUBLE
    }

    private final ScriptRunner scripts;
    private final String meta;
    private final Senders senders;
    private final PlainCalls alone;
    private final Deque<Call> settles = new ArrayDeque<>(); // guarded by this
    private final Deque<Call> acquires = new ArrayDeque<>(); // guarded by this
    private boolean isUnderWay; // guarded by this

    Combiner(ScriptRunner scripts, String meta, Senders senders) {
        this.scripts = scripts;
        this.meta = meta;
        this.senders = senders;
        this.alone = new PlainCalls(scripts, meta, senders);
    }

    @Override
    public Reply run(Script script, List<String> args, @Nullable Deadline deadline, Late late) {
        Call call = Call.awaited(new Batch.Item(script, args), deadline, senders.until(deadline), late);
        enter(call);
        State state = call.await();
        if (state == State.WAITS) {
            state = leave(call);
        }
        if (state == State.LEFT) {
            throw Senders.late(script);
        } else if (state == State.LEADS) {
            lead(call);
        }
        return call.isAnswered() ? call.answer() : alone.run(script, args, deadline, late);
    }

    @Override
    public void post(List<String> args, Late late) {
        enter(Call.posted(args, late));
    }

    /** If no call is under way it is this one's turn; else it waits. */
    private void enter(Call call) {
        synchronized (this) {
            if (isUnderWay) {
                queue(call).addLast(call);
                return;
            }
            isUnderWay = true;
        }
        begin(call);
    }

    /** Of one whose time is over. What is not under way yet never will be. */
    private State leave(Call call) {
        synchronized (this) {
            queue(call).remove(call);
        }
        return call.leave();
    }

    private Deque<Call> queue(Call call) {
        return call.item.script() == Script.SETTLE ? settles : acquires;
    }

    /** Has what waits be sent: by the caller of this one, or by another thread if that may not wait for the end. */
    private void begin(Call call) {
        if (!senders.spares(call.deadline) || !call.leads()) {
            senders.execute(() -> lead(call));
        }
    }

    private void lead(Call call) {
        List<Call> batch = batch(call);
        Met met = Met.TROUBLE;
        try {
            met = send(batch);
        } finally {
            end(met);
            batch.forEach(this::release);
        }
    }

    /** The call of the leader and those that have waited longest: the settlements, and then the acquires. */
    private synchronized List<Call> batch(Call call) {
        if (!call.isVain()) {
            queue(call).addFirst(call);
        }
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

    /** After a call: the next one begins. But if nothing answers those behind it fail; if something is wrong they go alone. */
    private void end(Met met) {
        if (met == Met.REDIS) {
            Call next = next();
            if (next != null) {
                begin(next);
            }
            return;
        }
        List<Call> behind = takeAll();
        if (met == Met.SILENCE) {
            behind.forEach(call -> call.failed(new StoreUnavailableException(
                    call.item.script().file(), "not sent, for a call before it has met no Redis", Trouble.AWAY, null)));
        }
        behind.forEach(this::release);
    }

    private synchronized @Nullable Call next() {
        Call next = settles.isEmpty() ? acquires.pollFirst() : settles.pollFirst();
        isUnderWay = next != null;
        return next;
    }

    private synchronized List<Call> takeAll() {
        List<Call> all = new ArrayList<>(settles);
        all.addAll(acquires);
        settles.clear();
        acquires.clear();
        isUnderWay = false;
        return all;
    }

    /** Of a caller that has gone, {@link Late} is told; a settlement goes alone even so. */
    private void release(Call call) {
        if (call.release()) {
            return;
        }
        if (call.isAnswered()) {
            call.late.ended(call::answer);
        } else if (!call.isVain()) {
            alone.post(call.item.args(), call.late);
        }
    }

    private Met send(List<Call> batch) {
        if (batch.isEmpty()) {
            return Met.REDIS;
        } else if (batch.size() > 1) {
            return sendTogether(batch);
        }
        Call call = batch.get(0);
        call.make(() -> scripts.run(call.item.script(), meta, call.item.args()));
        return met(call.failure());
    }

    private static Met met(@Nullable RuntimeException failure) {
        if (!(failure instanceof StoreUnavailableException why) || why.trouble() == Trouble.DAMAGED) {
            return Met.REDIS;
        }
        boolean silent =
                why.trouble() == Trouble.AWAY && !Thread.currentThread().isInterrupted();
        return silent ? Met.SILENCE : Met.TROUBLE;
    }

    /** What may be the fault of one, an error answer or an interrupt, makes each be sent alone. */
    private Met sendTogether(List<Call> batch) {
        try {
            List<Reply> replies = Batch.run(
                    scripts, meta, batch.stream().map(call -> call.item).toList());
            for (int i = 0; i < replies.size(); i++) {
                batch.get(i).answered(replies.get(i));
            }
            return Met.REDIS;
        } catch (StoreUnavailableException e) {
            if (e.trouble() != Trouble.DAMAGED && !Thread.currentThread().isInterrupted()) {
                batch.forEach(call -> call.failed(new StoreUnavailableException(
                        call.item.script().file(), "in a batch, " + e.getMessage(), e.trouble(), e)));
            }
            return met(e);
        }
    }
}
