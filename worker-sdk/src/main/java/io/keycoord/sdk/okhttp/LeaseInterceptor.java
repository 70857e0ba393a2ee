package io.keycoord.sdk.okhttp;

import io.keycoord.LeaseRequest;
import io.keycoord.Priority;
import io.keycoord.sdk.CallFacts;
import io.keycoord.sdk.LeaseUnavailableException;
import io.keycoord.sdk.Retries;
import io.keycoord.sdk.call.PoolCalls;
import java.io.IOException;
import java.util.Optional;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Makes every call below a pool's base URL with a leased key: acquire, send, judge and settle, and perhaps once more
 * with another key. Calls to any other place pass through untouched.
 *
 * <p>An application interceptor, so that one run of it is one logical call. {@link SigningInterceptor} adds the secret
 * right before the wire. A try's lease is settled when its outcome is known: at once for a refusal or a short answer,
 * else when the caller has read, closed or dropped the body. Nothing is retried once the caller has the answer.
 *
 * <p>When no key can be leased nothing is sent, and the call fails with a {@link LeaseUnavailableException}; if that
 * happens before a retry, the caller gets the provider's answer to the try before. A lease that has become too old when
 * the connection stands is exchanged there for another. Only {@link IOException}s leave it.
 */
final class LeaseInterceptor implements Interceptor {
    private final PoolCalls calls;
    private final PoolAddress address;
    private final Judge judge;

    LeaseInterceptor(PoolCalls calls, PoolAddress address) {
        this.calls = calls;
        this.address = address;
        this.judge = new Judge(calls.judge());
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        if (!address.covers(request.url())) {
            return chain.proceed(request);
        }
        try {
            calls.noteForeignRetry(Optional.ofNullable(request.header("X-Stainless-Retry-Count")));
            Response response = leased(chain, Outgoing.of(request, calls.facts()));
            return response.newBuilder().request(request).build();
        } catch (RuntimeException e) {
            throw new IOException(
                    "a call with a leased key of pool " + calls.pool().id() + " failed", e);
        }
    }

    /** What to lease for a call; its tags count more than the options. */
    private LeaseRequest request(Request call, CallFacts told) {
        Affinity affinity = call.tag(Affinity.class);
        return calls.request(
                told,
                Optional.ofNullable(call.tag(Priority.class)),
                Optional.ofNullable(affinity).map(Affinity::session));
    }

    private Response leased(Chain chain, Outgoing outgoing) throws IOException {
        LeaseWaiter waiter =
                new LeaseWaiter(calls.keys(), chain.call(), calls.options().maxWait());
        var request = request(chain.request(), outgoing.facts());
        Retries retries = new Retries(calls.policy(), request, outgoing.replayable());
        Attempt attempt = waiter.attempt(request);
        while (true) {
            Answer answer = send(chain, outgoing, attempt);
            if (answer.trouble().isEmpty()) {
                return answer.surface();
            }
            Optional<Attempt> next = next(retries.after(answer.trouble().get(), attempt.lease()), waiter, answer);
            if (next.isEmpty()) {
                return answer.surface();
            }
            answer.discard();
            attempt = next.get();
        }
    }

    private Answer send(Chain chain, Outgoing outgoing, Attempt attempt) throws IOException {
        try {
            Response response = attempt.restored(chain.proceed(outgoing.with(attempt)));
            return judge.answer(response, outgoing.facts(), attempt, chain.call());
        } catch (IOException e) {
            if (!attempt.isHeld()) {
                throw e;
            }
            return judge.failure(e, attempt, chain.call());
        } catch (RuntimeException | Error e) {
            attempt.lease().close();
            throw e;
        }
    }

    /** Another try: elsewhere if there is one at once, else after a pause, else none. */
    private static Optional<Attempt> next(Retries.Step step, LeaseWaiter waiter, Answer answer) throws IOException {
        try {
            if (step.again().isEmpty()) {
                return step.elsewhere().isEmpty()
                        ? Optional.empty()
                        : Optional.of(waiter.attempt(step.elsewhere().get()));
            }
            Optional<Attempt> other = step.elsewhere().flatMap(waiter::attemptNow);
            if (other.isPresent() || step.pause().compareTo(waiter.patience()) > 0) {
                return other;
            }
            waiter.pause(step.pause());
            return Optional.of(waiter.attempt(step.again().get()));
        } catch (LeaseUnavailableException e) {
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            answer.discard();
            throw e;
        }
    }
}
