package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.redis.HeldScripts.Ran;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Callers with less time than a call may take, on scripts that answer when they are let. */
@Timeout(60)
class CallersInAHurryTest {
    private static final Duration FAILOVER_WAIT = Duration.ofMinutes(1);

    private final HeldScripts scripts = new HeldScripts();

    /** What others are to do, until the test has them do it. */
    private final List<Runnable> tasks = new CopyOnWriteArrayList<>();

    private final List<Supplier<Reply>> ends = new CopyOnWriteArrayList<>();
    private final Senders senders = new Senders(tasks::add, FAILOVER_WAIT);
    private final List<Thread> threads = new ArrayList<>();

    /** Both ways to Redis; nothing is under way in the combiner. */
    enum Way {
        COMBINED,
        PLAIN
    }

    private PoolCalls calls(Way way) {
        return calls(way, senders);
    }

    private PoolCalls calls(Way way, Senders by) {
        return way == Way.COMBINED ? new Combiner(scripts, "meta", by) : new PlainCalls(scripts, "meta", by);
    }

    @AfterEach
    void end() throws InterruptedException {
        scripts.release(1_000);
        for (Thread thread : threads) {
            thread.join(10_000);
            assertThat(thread.isAlive()).isFalse();
        }
    }

    private Thread thread(Runnable task) {
        Thread thread = new Thread(task);
        threads.add(thread);
        thread.start();
        return thread;
    }

    /** Enough for what a test does, and less than a call may take. */
    private static Deadline soon() {
        return Deadline.after(FAILOVER_WAIT);
    }

    /** Has others do what there is to do. */
    private void work() {
        List<Runnable> due = List.copyOf(tasks);
        tasks.removeAll(due);
        due.forEach(this::thread);
    }

    private FutureTask<Reply> start(PoolCalls calls, String id, Deadline deadline) {
        FutureTask<Reply> call = new FutureTask<>(() -> calls.run(Script.ACQUIRE, acquire(id), deadline, ends::add));
        thread(call);
        return call;
    }

    /** Returns when it is with the scripts, or waits behind another. */
    private FutureTask<Reply> startAndAwait(PoolCalls calls, String id) {
        FutureTask<Reply> call = new FutureTask<>(() -> calls.run(Script.ACQUIRE, acquire(id), null, ends::add));
        Thread thread = thread(call);
        await().until(() ->
                thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING);
        return call;
    }

    /** A caller without time goes as soon as another thread has sent its acquire. */
    private void leavesWhatIsSent(Way way, String id) {
        Senders sent = new Senders(
                task -> {
                    thread(task);
                    await().until(() -> scripts.ran.size() == 1);
                },
                FAILOVER_WAIT);
        PoolCalls calls = calls(way, sent);
        isLate(() -> calls.run(Script.ACQUIRE, acquire(id), Deadline.after(Duration.ZERO), ends::add));
        assertThat(ends).isEmpty();
    }

    private static void isLate(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreUnavailableException.class,
                        why -> assertThat(why.trouble()).isEqualTo(Trouble.LATE))
                .hasMessageContaining("acquire: Redis has not answered within the time of the caller");
    }

    private static List<String> acquire(String id) {
        return List.of("", id, "w", "", "1000", "1", "0", "0", "0", "1", "", "", "", "", "", "", "", "", "normal");
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void whoHasTimeCallsByItself(Way way) {
        scripts.release(1);

        Reply reply =
                calls(way).run(Script.ACQUIRE, acquire("a"), Deadline.after(FAILOVER_WAIT.multipliedBy(2)), ends::add);

        assertThat(reply.text(1)).isEqualTo("a");
        assertThat(scripts.ran).extracting(Ran::thread).containsExactly(Thread.currentThread());
        assertThat(tasks).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void whoHasLittleTimeIsCalledFor(Way way) throws Exception {
        FutureTask<Reply> call = start(calls(way), "a", soon());
        await().until(() -> tasks.size() == 1);

        work();
        scripts.release(1);

        assertThat(call.get().text(1)).isEqualTo("a");
        assertThat(scripts.ran).hasSize(1);
        assertThat(ends).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void anAcquireWhoseCallerHasGoneIsNotSent(Way way) {
        PoolCalls calls = calls(way);

        isLate(() -> calls.run(Script.ACQUIRE, acquire("a"), Deadline.after(Duration.ZERO), ends::add));
        work();

        await().until(() -> threads.stream().noneMatch(Thread::isAlive));
        assertThat(scripts.ran).isEmpty();
        assertThat(ends).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void whatComesAfterItsCallerHasGoneIsTold(Way way) {
        leavesWhatIsSent(way, "a");

        scripts.release(1);

        await().until(() -> ends.size() == 1);
        assertThat(ends.get(0).get().text(1)).isEqualTo("a");
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void aFailureAfterItsCallerHasGoneIsTold(Way way) {
        scripts.answers = call -> {
            throw new StoreUnavailableException("acquire", new IllegalStateException("silence"));
        };
        leavesWhatIsSent(way, "a");

        scripts.release(1);

        await().until(() -> ends.size() == 1);
        assertThatThrownBy(() -> ends.get(0).get()).hasMessageContaining("silence");
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void aSettlementIsPostedWithoutAWait(Way way) {
        calls(way).post(Settlement.unused("s", ""), ends::add);
        assertThat(scripts.ran).isEmpty();

        work();
        scripts.release(1);

        await().until(() -> ends.size() == 1);
        assertThat(ends.get(0).get().text(1)).isEqualTo("s");
    }

    @Test
    void whoWaitsBehindACallGoesWhenItsTimeIsOverAndIsNeverSent() throws Exception {
        PoolCalls calls = calls(Way.COMBINED);
        FutureTask<Reply> first = startAndAwait(calls, "a0");

        isLate(() -> calls.run(Script.ACQUIRE, acquire("a1"), Deadline.after(Duration.ZERO), ends::add));
        FutureTask<Reply> third = startAndAwait(calls, "a2");
        scripts.release(2);

        assertThat(first.get().text(1)).isEqualTo("a0");
        assertThat(third.get().text(1)).isEqualTo("a2");
        assertThat(scripts.ran).extracting(Ran::script).containsExactly(Script.ACQUIRE, Script.ACQUIRE);
        assertThat(ends).isEmpty();
    }

    @Test
    void whoGoesWhileItsBatchIsUnderWayIsTold() throws Exception {
        PoolCalls calls = calls(Way.COMBINED);
        FutureTask<Reply> first = startAndAwait(calls, "a0");
        FutureTask<Reply> leader = startAndAwait(calls, "a1");
        FutureTask<Reply> gone = start(calls, "a2", Deadline.after(Duration.ofSeconds(3)));
        await().until(() -> threads.get(2).getState() == Thread.State.TIMED_WAITING);
        scripts.release(1);
        await().until(() -> scripts.ran.size() == 2);
        assertThatThrownBy(gone::get).hasCauseInstanceOf(StoreUnavailableException.class);

        scripts.release(1);

        assertThat(first.get().text(1)).isEqualTo("a0");
        assertThat(leader.get().text(1)).isEqualTo("a1");
        await().until(() -> ends.size() == 1);
        assertThat(ends.get(0).get().text(1)).isEqualTo("a2");
    }

    @Test
    void whoseTurnItIsToSendIsCalledForIfItHasLittleTime() throws Exception {
        PoolCalls calls = calls(Way.COMBINED);
        FutureTask<Reply> first = startAndAwait(calls, "a0");
        FutureTask<Reply> hurried = start(calls, "a1", soon());
        await().until(() -> threads.get(1).getState() == Thread.State.TIMED_WAITING);
        FutureTask<Reply> other = startAndAwait(calls, "a2");
        scripts.release(1);
        assertThat(first.get().text(1)).isEqualTo("a0");
        await().until(() -> tasks.size() == 1);

        work();
        scripts.release(1);

        assertThat(hurried.get().text(1)).isEqualTo("a1");
        assertThat(other.get().text(1)).isEqualTo("a2");
        assertThat(scripts.ran).extracting(Ran::script).containsExactly(Script.ACQUIRE, Script.BATCH);
    }

    @Test
    void aPostedSettlementIsBeforeTheAcquiresThatCameWithIt() throws Exception {
        PoolCalls calls = calls(Way.COMBINED);
        FutureTask<Reply> first = startAndAwait(calls, "a0");
        FutureTask<Reply> acquire = startAndAwait(calls, "a1");
        calls.post(Settlement.unused("s", ""), ends::add);
        scripts.release(1);
        assertThat(first.get().text(1)).isEqualTo("a0");
        await().until(() -> tasks.size() == 1);

        work();
        scripts.release(1);

        assertThat(acquire.get().text(1)).isEqualTo("a1");
        await().until(() -> ends.size() == 1);
        assertThat(HeldScripts.ids(scripts.ran.get(1))).containsExactly("s", "a1");
    }

    @Test
    void aPostedSettlementGoesAloneIfSomethingIsWrongWithItsBatch() throws Exception {
        PoolCalls calls = calls(Way.COMBINED);
        FutureTask<Reply> first = startAndAwait(calls, "a0");
        calls.post(Settlement.unused("s1", ""), ends::add);
        calls.post(Settlement.unused("s2", ""), ends::add);
        scripts.answers = call -> {
            if (call.script() == Script.BATCH) {
                throw new StoreUnavailableException("batch", "ERR a bug", Trouble.DAMAGED, null);
            }
            return List.of("OK", call.args().get(1));
        };
        scripts.release(2);
        assertThat(first.get().text(1)).isEqualTo("a0");
        await().until(() -> tasks.size() == 1);

        work();
        await().until(() -> tasks.size() == 2);
        work();
        scripts.release(2);

        await().until(() -> ends.size() == 2);
        assertThat(ends).extracting(end -> end.get().text(1)).containsExactlyInAnyOrder("s1", "s2");
    }

    @Test
    void afterTheirThreadsHaveEndedCallersCallByThemselves() {
        Senders closed = new Senders(
                task -> {
                    throw new RejectedExecutionException();
                },
                FAILOVER_WAIT);
        scripts.release(1);

        Reply reply = new Combiner(scripts, "meta", closed).run(Script.ACQUIRE, acquire("a"), soon(), ends::add);

        assertThat(reply.text(1)).isEqualTo("a");
    }
}
