package io.keycoord.sdk.jdk;

import io.keycoord.sdk.AnswerHead;
import io.keycoord.sdk.AnswerJudge;
import io.keycoord.sdk.Settlement;
import io.keycoord.sdk.UsageReader;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The body of one answer on its way to the caller. Its beginning may be read first; then it is handed on as it comes, and
 * the lease is settled by the way it ends.
 *
 * <p>As reactive streams want it, the caller's subscriber is spoken to by one thread at a time: first it gets the beginning
 * that was read, and before that nothing more is asked of the connection.
 */
final class AnswerBody implements Flow.Subscriber<List<ByteBuffer>> {
    private static final byte[] LINE_END = {'\n'};

    /**
     * The beginning of a body.
     *
     * @param whole whether that is all of it
     */
    record Head(ByteBuffer bytes, boolean whole) {
        byte[] array() {
            byte[] copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            return copy;
        }
    }

    private final CompletableFuture<Head> head = new CompletableFuture<>();
    private final Executor executor;
    private final Lock reading = new ReentrantLock();
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();
    private volatile Flow.Subscription upstream = new NoSubscription();
    private volatile boolean cancelled;
    private volatile AnswerJudge.@Nullable Open open;
    private boolean collecting; // guarded by this
    private @Nullable List<ByteBuffer> beginning; // guarded by this
    private Flow.@Nullable Subscriber<? super List<ByteBuffer>> caller; // guarded by this
    private boolean passing; // guarded by this
    private long demand; // guarded by this
    private boolean relaying; // guarded by this
    private boolean ended; // guarded by this
    private boolean told; // guarded by this
    private @Nullable Throwable failure; // guarded by this

    /**
     * Takes a body.
     *
     * @param executor goes on when the beginning is read: whatever reads the rest may wait for the thread that brings it
     */
    AnswerBody(Flow.Publisher<List<ByteBuffer>> publisher, Executor executor) {
        this.executor = executor;
        publisher.subscribe(this);
    }

    /** Reads the beginning, at most about {@link AnswerHead#MOST_BYTES}; fails if the body does before that. */
    CompletableFuture<Head> head() {
        boolean over;
        synchronized (this) {
            collecting = true;
            over = ended;
        }
        if (over) {
            headEnds();
        } else {
            upstream.request(1);
        }
        return head;
    }

    /** The body will tell what the answer cost. */
    void watch(AnswerJudge.Open answer) {
        open = answer;
        if (cancelled) {
            leave(answer);
        }
    }

    private void leave(AnswerJudge.Open answer) {
        reading.lock();
        try {
            answer.settlement().left();
        } finally {
            reading.unlock();
        }
    }

    /** Hands the whole body to the caller. */
    void relayTo(Flow.Subscriber<? super List<ByteBuffer>> subscriber) {
        synchronized (this) {
            caller = subscriber;
        }
        subscriber.onSubscribe(new Relay());
        boolean over;
        synchronized (this) {
            relaying |= beginning == null && !passing;
            over = relaying && ended;
        }
        if (over) {
            tellEnd();
        }
    }

    /**
     * Ends it, and the connection with it, if it has not ended yet. May be repeated.
     *
     * @return whether the lease is settled by that
     */
    boolean cancel() {
        cancelled = true;
        upstream.cancel();
        AnswerJudge.Open answer = open;
        if (answer != null) {
            leave(answer);
        }
        return answer != null;
    }

    @Override
    public void onSubscribe(Flow.Subscription begun) {
        upstream = begun;
    }

    @Override
    public void onNext(List<ByteBuffer> some) {
        if (!isCollecting()) {
            pass(some);
            return;
        }
        some.forEach(buffer -> read.writeBytes(bytes(buffer)));
        if (read.size() < AnswerHead.MOST_BYTES) {
            upstream.request(1);
        } else {
            headRead(false);
        }
    }

    private synchronized boolean isCollecting() {
        return collecting;
    }

    private void headRead(boolean whole) {
        ByteBuffer bytes = ByteBuffer.wrap(read.toByteArray()).asReadOnlyBuffer();
        synchronized (this) {
            collecting = false;
            beginning = bytes.hasRemaining() ? List.of(bytes) : null;
        }
        var unused = head.completeAsync(() -> new Head(bytes, whole), executor);
    }

    @Override
    public void onError(Throwable problem) {
        end(problem);
    }

    @Override
    public void onComplete() {
        end(null);
    }

    private void end(@Nullable Throwable problem) {
        boolean first;
        boolean now;
        synchronized (this) {
            failure = problem;
            ended = true;
            first = collecting;
            now = relaying;
        }
        if (first) {
            headEnds();
        } else if (now) {
            tellEnd();
        }
    }

    private void headEnds() {
        Throwable problem;
        synchronized (this) {
            problem = failure;
        }
        if (problem == null) {
            headRead(true);
        } else {
            executor.execute(() -> head.completeExceptionally(problem));
        }
    }

    private void pass(List<ByteBuffer> some) {
        AnswerJudge.Open answer = open;
        if (answer != null) {
            some.forEach(buffer -> feed(answer.reader(), bytes(buffer)));
        }
        Flow.Subscriber<? super List<ByteBuffer>> subscriber = subscriber();
        if (subscriber != null) {
            subscriber.onNext(some);
        }
    }

    private synchronized Flow.@Nullable Subscriber<? super List<ByteBuffer>> subscriber() {
        return told ? null : caller;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] copy = new byte[buffer.remaining()];
        buffer.duplicate().get(copy);
        return copy;
    }

    /** Settlements read what is fed here, and may come from another thread. */
    private void feed(UsageReader reader, byte[] bytes) {
        reading.lock();
        try {
            reader.read(bytes, 0, bytes.length);
        } finally {
            reading.unlock();
        }
    }

    private void tellEnd() {
        Throwable problem;
        Flow.Subscriber<? super List<ByteBuffer>> subscriber;
        synchronized (this) {
            if (told || caller == null) {
                return;
            }
            told = true;
            problem = failure;
            subscriber = caller;
        }
        settle(problem);
        if (problem == null) {
            subscriber.onComplete();
        } else {
            subscriber.onError(problem);
        }
    }

    private void settle(@Nullable Throwable problem) {
        AnswerJudge.Open answer = open;
        if (answer == null) {
            return;
        }
        Settlement settlement = answer.settlement();
        if (problem != null) {
            settlement.broke(cancelled);
        } else {
            // A last line may lack its end.
            feed(answer.reader(), LINE_END);
            settlement.ended();
        }
    }

    /** What the caller's subscriber asks for. */
    private final class Relay implements Flow.Subscription {
        @Override
        public void request(long count) {
            if (count <= 0) {
                fail(new IllegalArgumentException("asked for " + count + " items, expected 1 or more"));
                return;
            }
            List<ByteBuffer> first;
            synchronized (AnswerBody.this) {
                demand = sum(demand, count);
                if (passing) {
                    return;
                }
                first = beginning;
                beginning = null;
                passing = first != null;
                demand -= first != null && demand < Long.MAX_VALUE ? 1 : 0;
            }
            if (first != null) {
                pass(first);
            }
            goOn();
        }

        private static long sum(long one, long other) {
            return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
        }

        /** What was asked for meanwhile is asked of the connection, unless that has ended. */
        private void goOn() {
            long more;
            boolean over;
            synchronized (AnswerBody.this) {
                passing = false;
                relaying = true;
                more = demand;
                demand = 0;
                over = ended;
            }
            if (over) {
                tellEnd();
            } else if (more > 0) {
                upstream.request(more);
            }
        }

        @Override
        public void cancel() {
            AnswerBody.this.cancel();
        }

        private void fail(RuntimeException misuse) {
            AnswerBody.this.cancel();
            synchronized (AnswerBody.this) {
                failure = misuse;
                ended = true;
                if (passing) {
                    return;
                }
            }
            tellEnd();
        }
    }
}
