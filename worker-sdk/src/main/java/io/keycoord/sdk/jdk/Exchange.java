package io.keycoord.sdk.jdk;

import io.keycoord.Acquisition.Reason;
import io.keycoord.CoordinatorException;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.sdk.AnswerHead;
import io.keycoord.sdk.AnswerJudge;
import io.keycoord.sdk.AnswerStalledException;
import io.keycoord.sdk.Classification;
import io.keycoord.sdk.DataSight;
import io.keycoord.sdk.LeaseUnavailableException;
import io.keycoord.sdk.Retries;
import io.keycoord.sdk.SecretFreeFailures;
import io.keycoord.sdk.TransportFault;
import io.keycoord.sdk.call.AnswerLimits;
import io.keycoord.sdk.call.Route;
import io.keycoord.sdk.call.RoutePlan;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * One logical call: acquire, send, judge and settle, and perhaps once more with another key. Holds no thread. Each of its
 * steps begins when the one before is done, so that its fields need no lock; only the cancelling comes from elsewhere.
 */
final class Exchange<T> {
    private static final Duration LONGEST = Duration.ofDays(1);
    /** What the JDK's client says of a request for which an HTTP/2 connection has no room; it opens no second one. */
    private static final String TOO_MANY_STREAMS = "too many concurrent streams";

    /** What a try brought: an answer or a failure. */
    private record Tried(
            @Nullable HttpResponse<Flow.Publisher<List<ByteBuffer>>> answer,
            @Nullable AnswerBody body,
            @Nullable Throwable failure) {
        /** Makes room for another try. */
        void discard() {
            if (body != null) {
                body.cancel();
            }
        }
    }

    /** What is done with the result of a step. */
    private interface Next<V> {
        void accept(V value, @Nullable Throwable failure) throws IOException;
    }

    private final Calls own;
    private final HttpRequest request;
    private final BodyHandler<T> handler;
    private final Optional<String> session;
    private final long startNanos = System.nanoTime();
    private final CompletableFuture<HttpResponse<T>> result = new CompletableFuture<>();
    private volatile Future<?> pending = result;
    private volatile @Nullable AnswerBody body;
    private volatile @Nullable StallWatch watch;
    private Calls calls;
    private @Nullable RoutePlan plan;
    private @Nullable Retries retries;
    private @Nullable Outgoing whole;
    private @Nullable Outgoing outgoing;
    private @Nullable Tried before;
    private boolean hasWholeTime;
    private boolean hedged;

    Exchange(Calls calls, HttpRequest request, BodyHandler<T> handler, Optional<String> session) {
        this.own = calls;
        this.calls = calls;
        this.request = request;
        this.handler = handler;
        this.session = session;
    }

    /** To be called once. Cancelling the future gives a lease back and hangs up. */
    CompletableFuture<HttpResponse<T>> begin() {
        var unused = result.whenComplete((response, failure) -> {
            if (failure != null) {
                cancel();
            }
        });
        calls.ofPool().hedges().earn();
        calls.ofPool().noteForeignRetry(request.headers().firstValue("X-Stainless-Retry-Count"));
        then(Outgoing.of(request, calls.ofPool().facts()), this::read);
        return result;
    }

    private void cancel() {
        pending.cancel(true);
        StallWatch looking = watch;
        if (looking != null) {
            looking.end();
        }
        AnswerBody open = body;
        if (open != null) {
            open.cancel();
        }
    }

    /** Goes on when a step is done, whatever it comes to; what goes wrong then fails the call. */
    private <V> void then(CompletableFuture<V> step, Next<V> next) {
        pending = step;
        if (result.isDone()) {
            step.cancel(true);
        }
        var unused = step.whenComplete((value, failure) -> {
            try {
                next.accept(value, failure == null ? null : cause(failure));
            } catch (IOException e) {
                fail(e);
            } catch (RuntimeException e) {
                fail(new IOException("a call with a leased key of pool " + calls.pool() + " failed", e));
            } catch (Error e) {
                fail(e);
            }
        });
    }

    /** Gives the lease back if the step fails that was to settle it. */
    private <V> Next<V> holding(Lease lease, Next<V> next) {
        return (value, failure) -> {
            try {
                next.accept(value, failure);
            } catch (RuntimeException | Error e) {
                AnswerBody open = body;
                if (open == null || !open.cancel()) {
                    lease.close();
                }
                throw e;
            }
        };
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    private void fail(Throwable failure) {
        result.completeExceptionally(failure);
    }

    private void read(Outgoing read, @Nullable Throwable failure) throws IOException {
        if (failure != null) {
            throw new IOException("the request's body could not be read", failure);
        }
        whole = read;
        outgoing = read;
        plan = RoutePlan.of(calls.ofPool(), read.facts(), read::isRewritable, read.replayable());
        LeaseRequest wanted = wanted();
        retries = new Retries(calls.ofPool().policy(), wanted, read.replayable());
        begin(wanted, this::fail);
    }

    private LeaseRequest wanted() {
        return calls.ofPool().request(present(outgoing).facts(), Optional.empty(), session);
    }

    /** Begins on a way; {@code nowhere} is what is done if no way that is left has a key. */
    private void begin(LeaseRequest wanted, Consumer<IOException> nowhere) {
        if (!present(plan).hasOtherModel()) {
            acquire(wanted, none -> denied(none, nowhere));
            return;
        }
        acquire(
                wanted,
                Duration.ZERO,
                none -> {
                    if (none.why() instanceof KeyUnavailableException e && e.reason() == Reason.ENDPOINT) {
                        denied(none, nowhere);
                    } else {
                        acquire(wanted, later -> denied(later, nowhere));
                    }
                },
                () -> begin(wanted, nowhere));
    }

    private void denied(LeaseUnavailableException none, Consumer<IOException> nowhere) {
        Optional<Route> next = present(plan).afterDenial(none.why());
        if (next.isEmpty()) {
            nowhere.accept(none);
        } else {
            // Of several denials, the caller is told that of its own pool.
            detour(next.get(), before == null ? later -> nowhere.accept(none) : nowhere);
        }
    }

    /** Another model, or another pool. */
    private void detour(Route route, Consumer<IOException> nowhere) {
        Outgoing asked = present(whole);
        calls = own.on(route);
        outgoing = asked.on(route, calls.address.placed(request.uri(), own.address));
        LeaseRequest wanted = wanted();
        retries = calls == own
                ? Retries.ofDetour(calls.ofPool().policy(), wanted, asked.replayable())
                : new Retries(calls.ofPool().policy(), wanted, asked.replayable());
        begin(wanted, nowhere);
    }

    /** The way is left after a try that failed, if there is another one; else the caller gets what there is. */
    private void leave(Tried tried, Classification trouble) {
        present(plan)
                .after(trouble)
                .ifPresentOrElse(route -> detour(route, none -> surface(tried)), () -> surface(tried));
    }

    /** How long this call may go on waiting from now, at most a day. Half of its time is left to another pool. */
    private Duration patience() {
        boolean leavingTime = present(plan).hasOtherPool();
        return left().map(left -> leavingTime ? left.dividedBy(2) : left)
                .map(left -> left.compareTo(LONGEST) > 0 ? LONGEST : left)
                .orElse(calls.ofPool().options().maxWait());
    }

    private Optional<Duration> left() {
        Duration spent = Duration.ofNanos(System.nanoTime() - startNanos);
        return request.timeout()
                .map(timeout -> timeout.minus(spent))
                .map(left -> left.isNegative() ? Duration.ZERO : left);
    }

    /** Sends with a lease that may be used at once; waits for one as long as the call may. */
    private void acquire(LeaseRequest wanted, Consumer<LeaseUnavailableException> unavailable) {
        acquire(wanted, patience(), unavailable, () -> acquire(wanted, unavailable));
    }

    /** Sends with a lease that is free now. */
    private void acquireNow(LeaseRequest wanted, Runnable unavailable) {
        acquire(wanted, Duration.ZERO, none -> unavailable.run(), unavailable);
    }

    private void acquire(
            LeaseRequest wanted, Duration wait, Consumer<LeaseUnavailableException> unavailable, Runnable late) {
        then(calls.ofPool().keys().acquireAsync(wanted.withMaxWait(wait)), (lease, failure) -> {
            if (failure instanceof CoordinatorException e) {
                unavailable.accept(new LeaseUnavailableException(calls.pool(), e));
            } else if (failure != null) {
                throw new IOException("no lease on pool " + calls.pool(), failure);
            } else if (lease.isLateToSend()) {
                lease.settle(Outcome.unused());
                late.run();
            } else {
                send(lease, wanted);
            }
        });
    }

    private void send(Lease lease, LeaseRequest wanted) throws IOException {
        if (before != null) {
            before.discard();
            before = null;
        }
        Optional<Duration> left = left();
        if (result.isDone() || left.filter(Duration::isZero).isPresent()) {
            lease.settle(Outcome.unused());
            throw new HttpTimeoutException("request timed out");
        }
        Race race = new Race(calls, lease, present(outgoing), this::sent);
        CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> answered;
        try {
            answered = race.begin(second(wanted.withoutAccount(lease.accountId())));
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
        hasWholeTime = left.isEmpty()
                || left.get().compareTo(request.timeout().get().multipliedBy(9).dividedBy(10)) >= 0;
        StallWatch looking = watching(answered);
        then(answered, (answer, failure) -> {
            Lease used = race.lease();
            holding(used, (HttpResponse<Flow.Publisher<List<ByteBuffer>>> head, @Nullable Throwable problem) -> {
                        if (problem == null) {
                            answered(used, head, looking);
                        } else {
                            looking.end();
                            failed(
                                    used,
                                    looking.struck().<Throwable>map(why -> why).orElse(problem));
                        }
                    })
                    .accept(answer, failure);
        });
    }

    /** What to lease for a second request, if there may be one; once in a call. */
    private Optional<LeaseRequest> second(LeaseRequest elsewhere) {
        boolean may = calls.ofPool().options().hedging().isPresent()
                && !hedged
                && present(outgoing).replayable();
        hedged = true;
        return may ? Optional.of(elsewhere) : Optional.empty();
    }

    private CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> sent(Lease lease) {
        HttpRequest signed = calls.signed(
                request, present(outgoing), lease, left().map(left -> left.isZero() ? Duration.ofMillis(1) : left));
        return calls.transport.sendAsync(signed, BodyHandlers.ofPublisher());
    }

    /** The timeout of a request bounds the wait for its headers; without one, or with a limit for the first data, we do. */
    private StallWatch watching(Future<?> sent) {
        AnswerLimits limits = calls.ofPool().options().answerLimits();
        StallWatch looking = new StallWatch(limits, request.timeout(), calls.executor);
        looking.onStall(why -> sent.cancel(true));
        if (limits.firstToken().isPresent() || request.timeout().isEmpty()) {
            looking.waiting();
        }
        watch = looking;
        return looking;
    }

    private static <V> V present(@Nullable V value) {
        if (value == null) {
            throw new IllegalStateException("a step was made before the one it follows");
        }
        return value;
    }

    private void answered(Lease lease, HttpResponse<Flow.Publisher<List<ByteBuffer>>> answer, StallWatch looking)
            throws IOException {
        AnswerHead unread = Calls.unread(answer);
        looking.headersCame();
        AnswerBody read = new AnswerBody(answer.body(), calls.executor, looking, DataSight.of(Calls.mediaType(answer)));
        body = read;
        if (result.isDone()) {
            read.cancel();
        }
        Tried tried = new Tried(answer, read, null);
        if (unread.isNeeded()) {
            then(read.head(), headRead(lease, tried, unread));
        } else if (calls.ofPool().options().answerLimits().firstToken().isPresent()) {
            then(read.headUntilData(), dataSeen(lease, tried, unread));
        } else {
            judged(lease, tried, judge(unread, lease));
        }
    }

    private Next<AnswerBody.Head> headRead(Lease lease, Tried tried, AnswerHead unread) {
        return holding(lease, (head, failure) -> {
            if (failure == null) {
                byte[] bytes = Calls.isEncoded(present(tried.answer)) ? new byte[0] : head.array();
                judged(lease, tried, judge(unread.with(bytes, head.whole()), lease));
            } else {
                failed(lease, failure);
            }
        });
    }

    private Next<AnswerBody.Head> dataSeen(Lease lease, Tried tried, AnswerHead unread) {
        return holding(lease, (head, failure) -> {
            if (failure == null) {
                judged(lease, tried, judge(unread, lease));
            } else {
                failed(lease, failure);
            }
        });
    }

    private AnswerJudge.Verdict judge(AnswerHead head, Lease lease) {
        return calls.ofPool().judge().judge(head, present(outgoing).facts(), lease);
    }

    private void judged(Lease lease, Tried tried, AnswerJudge.Verdict verdict) throws IOException {
        if (verdict instanceof AnswerJudge.Bad bad) {
            again(lease, tried, bad.trouble());
            return;
        }
        if (verdict instanceof AnswerJudge.Open open) {
            present(tried.body).watch(open);
        }
        if (result.isDone()) {
            tried.discard();
        } else {
            surface(tried);
        }
    }

    private void failed(Lease lease, Throwable failure) throws IOException {
        Optional<IOException> told =
                SecretFreeFailures.of(failure, lease.secret().reveal());
        again(
                lease,
                new Tried(null, null, told.<Throwable>map(why -> why).orElse(failure)),
                calls.ofPool().judge().judge(faultOf(failure), lease));
    }

    private TransportFault faultOf(Throwable failure) {
        if (failure instanceof CancellationException || result.isDone()) {
            return TransportFault.CANCELLED;
        } else if (failure instanceof AnswerStalledException) {
            return TransportFault.SILENT;
        }
        TransportFault fault = transportFault(failure);
        // What is left of the caller's time after a wait for a key says little of the provider.
        return fault == TransportFault.SILENT && !hasWholeTime ? TransportFault.CANCELLED : fault;
    }

    /** What the transport's failure says by itself. */
    static TransportFault transportFault(Throwable failure) {
        if (failure instanceof ConnectException
                || failure instanceof HttpConnectTimeoutException
                || failure instanceof SSLHandshakeException
                || TOO_MANY_STREAMS.equals(failure.getMessage())) {
            return TransportFault.NOT_SENT;
        }
        return failure instanceof HttpTimeoutException ? TransportFault.SILENT : TransportFault.LOST;
    }

    /** Another try: elsewhere if there is one at once, else after a pause, else on another way. */
    private void again(Lease lease, Tried tried, Classification trouble) throws IOException {
        before = tried;
        if (result.isDone()) {
            tried.discard();
            return;
        }
        if (present(plan).leavesAtOnce(trouble)) {
            leave(tried, trouble);
            return;
        }
        Retries.Step step = present(retries).after(trouble, lease);
        Runnable leave = () -> leave(tried, trouble);
        if (step.elsewhere().isEmpty()) {
            afterPause(step, leave);
        } else if (step.again().isPresent()) {
            acquireNow(step.elsewhere().get(), () -> afterPause(step, leave));
        } else {
            acquire(step.elsewhere().get(), none -> leave.run());
        }
    }

    private void afterPause(Retries.Step step, Runnable unavailable) {
        if (step.again().isEmpty() || step.pause().compareTo(patience()) > 0) {
            unavailable.run();
            return;
        }
        CompletableFuture<Void> pause = new CompletableFuture<>();
        then(pause.completeOnTimeout(null, step.pause().toNanos(), TimeUnit.NANOSECONDS), (none, failure) -> {
            if (failure == null) {
                acquire(step.again().get(), denied -> unavailable.run());
            }
        });
    }

    private void surface(Tried tried) {
        if (tried.answer == null) {
            fail(present(tried.failure));
            return;
        }
        HttpResponse<?> answer = tried.answer;
        BodySubscriber<T> subscriber;
        try {
            subscriber = handler.apply(LeasedResponse.Info.of(answer));
        } catch (RuntimeException e) {
            tried.discard();
            fail(e);
            return;
        }
        present(tried.body).relayTo(subscriber);
        CompletionStage<T> whole = subscriber.getBody();
        var unused = whole.whenComplete((value, failure) -> {
            if (failure == null) {
                answer(answer, value, present(tried.body));
            } else {
                fail(cause(failure));
            }
        });
    }

    private void answer(HttpResponse<?> answer, T value, AnswerBody read) {
        if (!result.complete(new LeasedResponse<>(answer, request, ForgottenStream.watched(value, read)))) {
            read.cancel();
        }
    }
}
