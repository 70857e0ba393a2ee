package io.keycoord.sdk.jdk;

import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.sdk.AnswerHead;
import io.keycoord.sdk.DataSight;
import io.keycoord.sdk.TransportFault;
import io.keycoord.sdk.call.Hedging;
import io.keycoord.sdk.call.PoolCalls;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One try of a call, which is sent a second time, with a lease on another account, if its headers are late. The first success
 * is the answer, else the last failure. The other one is hung up on and settled here, as aborted, so that its charge stays;
 * whoever made the race settles {@link #lease} alone. Holds no thread. Safe for use by many threads.
 */
final class Race {
    private static final class Runner {
        private final Lease lease;
        private final CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> sent;
        private boolean arrived; // guarded by the race
        private boolean left; // guarded by the race

        Runner(Lease lease, CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> sent) {
            this.lease = lease;
            this.sent = sent;
        }
    }

    private final Calls calls;
    private final Lease first;
    private final Function<Lease, CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>>> sender;
    private final Outgoing outgoing;
    private final CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> answer = new CompletableFuture<>();
    private final List<Runner> runners = new ArrayList<>(2); // guarded by this
    private @Nullable Runner chosen; // guarded by this

    /**
     * Begins nothing yet.
     *
     * @param sender sends with a lease
     */
    Race(
            Calls calls,
            Lease first,
            Outgoing outgoing,
            Function<Lease, CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>>> sender) {
        this.calls = calls;
        this.first = first;
        this.outgoing = outgoing;
        this.sender = sender;
    }

    /**
     * Sends. Cancelling the future hangs up.
     *
     * @param second what to lease for a second request; empty for one request only
     * @throws RuntimeException as the sender does; nothing is settled then
     */
    CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> begin(Optional<LeaseRequest> second) {
        start(new Runner(first, sender.apply(first)));
        second.ifPresent(this::sendAgainLater);
        var unused = answer.whenComplete((done, failure) -> end());
        return answer;
    }

    /** The lease with which the answer was got, or with which the call failed; not settled yet. */
    Lease lease() {
        return choice().lease;
    }

    /** Of a race that was called off, whoever is still under way. */
    private synchronized Runner choice() {
        if (chosen == null) {
            chosen = runners.stream()
                    .filter(runner -> !runner.arrived)
                    .findFirst()
                    .orElseThrow();
        }
        return chosen;
    }

    private void start(Runner runner) {
        boolean late;
        synchronized (this) {
            runners.add(runner);
            late = chosen != null;
        }
        var unused = runner.sent.whenComplete((head, failure) -> arrived(runner, head, failure));
        if (late) {
            leave(runner);
        }
    }

    private void sendAgainLater(LeaseRequest second) {
        Hedging hedging = calls.ofPool().options().hedging().orElseThrow();
        CompletableFuture<Void> timer = new CompletableFuture<>();
        var unused = timer.completeOnTimeout(null, hedging.after().toNanos(), TimeUnit.NANOSECONDS)
                .thenRunAsync(() -> sendAgain(second), calls.executor);
        endWithTheRace(timer);
    }

    private void endWithTheRace(CompletableFuture<Void> timer) {
        var unused = answer.whenComplete((done, failure) -> timer.cancel(false));
    }

    private void sendAgain(LeaseRequest second) {
        PoolCalls pool = calls.ofPool();
        if (answer.isDone() || !pool.hedges().spend()) {
            return;
        }
        LeaseRequest atOnce = second.withMaxWait(Duration.ZERO);
        var unused = pool.keys().acquireAsync(atOnce).whenComplete((lease, denied) -> {
            if (lease == null) {
                pool.hedges().giveBack();
            } else if (answer.isDone() || lease.isLateToSend()) {
                pool.hedges().giveBack();
                lease.settle(Outcome.unused());
            } else {
                sendAgain(lease);
            }
        });
    }

    private void sendAgain(Lease lease) {
        try {
            Runner runner = new Runner(lease, sender.apply(lease));
            calls.ofPool().options().counts().countHedge();
            start(runner);
        } catch (RuntimeException | Error e) {
            lease.close();
            throw e;
        }
    }

    private void arrived(
            Runner runner, @Nullable HttpResponse<Flow.Publisher<List<ByteBuffer>>> head, @Nullable Throwable failure) {
        boolean mine;
        boolean over;
        synchronized (this) {
            runner.arrived = true;
            over = chosen != null;
            boolean good = head != null && head.statusCode() / 100 == 2;
            boolean alone = runners.stream().allMatch(other -> other.arrived);
            mine = !over && (good || alone);
            if (mine) {
                chosen = runner;
            }
        }
        if (mine) {
            finish(runner, head, failure);
        } else if (over) {
            late(runner, head);
        } else {
            fell(runner, head, failure);
        }
    }

    private void finish(
            Runner runner, @Nullable HttpResponse<Flow.Publisher<List<ByteBuffer>>> head, @Nullable Throwable failure) {
        if (runner.lease != first && failure == null) {
            calls.ofPool().options().counts().countHedgeWon();
        }
        boolean told = failure == null ? answer.complete(head) : answer.completeExceptionally(failure);
        if (!told && head != null) {
            body(head).cancel();
        }
    }

    /** It is decided already. Whoever comes before {@link #end} has looked is left here, for nobody else would. */
    private void late(Runner runner, @Nullable HttpResponse<Flow.Publisher<List<ByteBuffer>>> head) {
        if (head != null) {
            body(head).cancel();
        }
        if (runner != choice()) {
            leave(runner);
        }
    }

    /** One has failed and the other is under way: it is judged by itself, for the caller hears of the other one. */
    private void fell(
            Runner runner, @Nullable HttpResponse<Flow.Publisher<List<ByteBuffer>>> head, @Nullable Throwable failure) {
        if (head == null) {
            TransportFault fault = failure == null ? TransportFault.LOST : Exchange.transportFault(failure);
            calls.ofPool().judge().judge(fault, runner.lease);
            return;
        }
        AnswerHead unread = Calls.unread(head);
        AnswerBody body = body(head);
        var unused = body.head().whenComplete((read, broken) -> {
            if (read == null) {
                calls.ofPool().judge().judge(TransportFault.LOST, runner.lease);
            } else {
                AnswerHead whole = unread.with(Calls.isEncoded(head) ? new byte[0] : read.array(), read.whole());
                calls.ofPool().judge().judge(whole, outgoing.facts(), runner.lease);
            }
            body.cancel();
        });
    }

    private AnswerBody body(HttpResponse<Flow.Publisher<List<ByteBuffer>>> head) {
        StallWatch watch = new StallWatch(calls.ofPool().options().answerLimits(), Optional.empty(), calls.executor);
        return new AnswerBody(head.body(), calls.executor, watch, DataSight.of(Calls.mediaType(head)));
    }

    /** It is decided: whoever is still under way, but for the one that was chosen, is hung up on. */
    private void end() {
        Runner winner = choice();
        List<Runner> others;
        synchronized (this) {
            others = runners.stream()
                    .filter(runner -> runner != winner && !runner.arrived)
                    .toList();
        }
        if (answer.isCancelled()) {
            winner.sent.cancel(true);
        }
        others.forEach(this::leave);
    }

    private void leave(Runner runner) {
        synchronized (this) {
            if (runner.left) {
                return;
            }
            runner.left = true;
        }
        runner.sent.cancel(true);
        calls.ofPool().judge().judge(TransportFault.CANCELLED, runner.lease);
    }
}
