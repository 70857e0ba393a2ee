package io.keycoord.sdk.jdk;

import io.keycoord.sdk.AnswerHead;
import io.keycoord.sdk.AnswerJudge;
import io.keycoord.sdk.AnswerStalledException;
import io.keycoord.sdk.DataSight;
import io.keycoord.sdk.Settlement;
import io.keycoord.sdk.UsageReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
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
     * @param array not to be changed
     * @param whole whether that is all of it
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    record Head(byte[] array, boolean whole) {}

    private final CompletableFuture<Head> head = new CompletableFuture<>();
    private final Executor executor;
    private final StallWatch watch;
    private final DataSight sight;
    private final Lock reading = new ReentrantLock();
    private final Pieces read = new Pieces();
    private volatile Flow.Subscription upstream = new NoSubscription();
    private volatile boolean cancelled;
    private volatile AnswerJudge.@Nullable Open open;
    private boolean collecting; // guarded by this
    private boolean untilData; // guarded by this
    private long asked; // guarded by this
    private boolean speaking; // guarded by this
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
     * @param watch is told when data is waited for and when it comes
     * @param sight tells what is data
     */
    AnswerBody(Flow.Publisher<List<ByteBuffer>> publisher, Executor executor, StallWatch watch, DataSight sight) {
        this.executor = executor;
        this.watch = watch;
        this.sight = sight;
        publisher.subscribe(this);
        watch.onStall(this::stalled);
    }

    /** Reads the beginning, at most about {@link AnswerHead#MOST_BYTES}; fails if the body does before that. */
    CompletableFuture<Head> head() {
        return head(false);
    }

    /** Reads the beginning as far as the first data, at most about {@link AnswerHead#MOST_BYTES}. */
    CompletableFuture<Head> headUntilData() {
        return head(true);
    }

    private CompletableFuture<Head> head(boolean data) {
        boolean over;
        synchronized (this) {
            collecting = true;
            untilData = data;
            over = ended;
        }
        if (over) {
            headEnds();
        } else {
            ask(1);
        }
        return head;
    }

    private void ask(long count) {
        synchronized (this) {
            asked = sum(asked, count);
            if (!speaking && !ended) {
                watch.waiting();
            }
        }
        upstream.request(count);
    }

    private static long sum(long one, long other) {
        return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
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
            over = relaying && ended && !speaking;
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
        watch.end();
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
        synchronized (this) {
            if (ended) {
                return;
            }
            asked -= asked < Long.MAX_VALUE ? 1 : 0;
            speaking = true;
            watch.resting();
        }
        try {
            take(some);
        } finally {
            spoken();
        }
    }

    private void take(List<ByteBuffer> some) {
        List<byte[]> pieces = copies(some);
        boolean data = false;
        for (byte[] bytes : pieces) {
            data |= sight.sees(bytes, 0, bytes.length);
        }
        if (data) {
            watch.dataCame();
        }
        if (isCollecting()) {
            collect(pieces, data);
        } else {
            pass(some, pieces);
        }
    }

    private static List<byte[]> copies(List<ByteBuffer> some) {
        List<byte[]> copies = new ArrayList<>(some.size());
        for (ByteBuffer buffer : some) {
            copies.add(Pieces.copy(buffer));
        }
        return copies;
    }

    private void collect(List<byte[]> pieces, boolean data) {
        pieces.forEach(read::add);
        if (read.size() >= AnswerHead.MOST_BYTES || (data && stopsAtData())) {
            headRead(false);
        } else {
            ask(1);
        }
    }

    private synchronized boolean stopsAtData() {
        return untilData;
    }

    /** What came is handed on. If it was the last, because more stayed away meanwhile, the caller is told now. */
    private void spoken() {
        boolean over;
        synchronized (this) {
            speaking = false;
            over = ended && relaying;
            if (asked > 0 && !ended) {
                watch.waiting();
            }
        }
        if (over) {
            tellEnd();
        }
    }

    private void stalled(AnswerStalledException why) {
        try {
            end(why);
        } finally {
            // Some clients tell of a cancelled body as of a broken one: by then it has ended.
            upstream.cancel();
        }
    }

    private synchronized boolean isCollecting() {
        return collecting;
    }

    private void headRead(boolean whole) {
        byte[] whatCame = read.joined();
        ByteBuffer bytes = ByteBuffer.wrap(whatCame).asReadOnlyBuffer();
        synchronized (this) {
            collecting = false;
            beginning = bytes.hasRemaining() ? List.of(bytes) : null;
        }
        var unused = head.completeAsync(() -> new Head(whatCame, whole), executor);
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
        watch.end();
        synchronized (this) {
            if (ended) {
                return;
            }
            failure = problem;
            ended = true;
            first = collecting;
            now = relaying && !speaking;
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

    private void pass(List<ByteBuffer> some, List<byte[]> pieces) {
        AnswerJudge.Open answer = open;
        if (answer != null) {
            pieces.forEach(bytes -> feed(answer.reader(), bytes));
        }
        Flow.Subscriber<? super List<ByteBuffer>> subscriber = subscriber();
        if (subscriber != null) {
            subscriber.onNext(some);
        }
    }

    private synchronized Flow.@Nullable Subscriber<? super List<ByteBuffer>> subscriber() {
        return told ? null : caller;
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
        if (problem instanceof AnswerStalledException) {
            settlement.stalled();
        } else if (problem != null) {
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
                pass(first, open == null ? List.of() : copies(first));
            }
            goOn();
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
                over = ended && !speaking;
            }
            if (over) {
                tellEnd();
            } else if (more > 0) {
                ask(more);
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
                if (passing || speaking) {
                    return;
                }
            }
            tellEnd();
        }
    }
}
