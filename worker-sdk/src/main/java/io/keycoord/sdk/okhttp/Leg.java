package io.keycoord.sdk.okhttp;

import io.keycoord.LeaseRequest;
import io.keycoord.sdk.Classification;
import io.keycoord.sdk.LeaseUnavailableException;
import io.keycoord.sdk.Retries;
import io.keycoord.sdk.call.AnswerLimits;
import io.keycoord.sdk.call.RoutePlan;
import java.io.IOException;
import java.util.Optional;
import okhttp3.Interceptor.Chain;
import okhttp3.Response;

/** The tries of one call on one of its ways. For one thread. */
final class Leg {
    private final Destination destination;
    private final Outgoing outgoing;
    private final LeaseRequest wanted;
    private final Retries retries;
    private final RoutePlan plan;
    private final LeaseWaiter waiter;
    private final Judge judge;
    private final AnswerLimits limits;

    /**
     * Begins with what the first try leases.
     *
     * @param outgoing what is sent on this way
     * @param retries counts the tries on this way
     */
    Leg(
            Destination destination,
            Outgoing outgoing,
            LeaseRequest wanted,
            Retries retries,
            RoutePlan plan,
            LeaseWaiter waiter) {
        this.destination = destination;
        this.outgoing = outgoing;
        this.wanted = wanted;
        this.retries = retries;
        this.plan = plan;
        this.waiter = waiter;
        this.limits = destination.calls().options().answerLimits();
        this.judge = new Judge(destination.calls().judge(), limits);
    }

    /** The first try, with a lease. */
    Attempt first() throws IOException {
        waiter.leaveTime(plan.hasOtherPool());
        if (plan.hasOtherModel()) {
            Optional<Attempt> now = waiter.attemptUnlessModelRests(destination, wanted);
            if (now.isPresent()) {
                return now.get();
            }
        }
        return waiter.attempt(destination, wanted);
    }

    /** Sends, and again as long as that may help. */
    Answer send(Chain chain, Attempt first) throws IOException {
        Attempt attempt = first;
        while (true) {
            Answer answer = once(chain, attempt);
            if (answer.trouble().isEmpty()) {
                return answer;
            }
            Optional<Attempt> next = next(answer.trouble().get(), attempt, answer);
            if (next.isEmpty()) {
                return answer;
            }
            answer.discard();
            attempt = next.get();
        }
    }

    private Answer once(Chain chain, Attempt attempt) throws IOException {
        try {
            attempt.setReadTimeoutMillis(chain.readTimeoutMillis());
            Response response = DataWait.untilHeaders(chain, limits).proceed(outgoing.with(attempt));
            return judge.answer(attempt.restored(response), outgoing.facts(), attempt, chain.call());
        } catch (IOException e) {
            if (!attempt.isHeld()) {
                throw e;
            }
            return judge.failure(DataWait.beforeHeaders(e, limits, attempt), attempt, chain.call());
        } catch (RuntimeException | Error e) {
            attempt.lease().close();
            throw e;
        }
    }

    private Optional<Attempt> next(Classification trouble, Attempt attempt, Answer answer) throws IOException {
        return plan.leavesAtOnce(trouble) ? Optional.empty() : next(retries.after(trouble, attempt.lease()), answer);
    }

    /** Another try: elsewhere if there is one at once, else after a pause, else none. */
    private Optional<Attempt> next(Retries.Step step, Answer answer) throws IOException {
        try {
            if (step.again().isEmpty()) {
                return step.elsewhere().isEmpty()
                        ? Optional.empty()
                        : Optional.of(
                                waiter.attempt(destination, step.elsewhere().get()));
            }
            Optional<Attempt> other = step.elsewhere().flatMap(elsewhere -> waiter.attemptNow(destination, elsewhere));
            if (other.isPresent() || step.pause().compareTo(waiter.patience()) > 0) {
                return other;
            }
            waiter.pause(step.pause());
            return Optional.of(waiter.attempt(destination, step.again().get()));
        } catch (LeaseUnavailableException e) {
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            answer.discard();
            throw e;
        }
    }
}
