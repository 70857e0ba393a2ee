package io.keycoord.sdk.okhttp;

import io.keycoord.LeaseRequest;
import io.keycoord.Priority;
import io.keycoord.sdk.CallFacts;
import io.keycoord.sdk.LeaseUnavailableException;
import io.keycoord.sdk.Retries;
import io.keycoord.sdk.RetryPolicy;
import io.keycoord.sdk.call.PoolCalls;
import io.keycoord.sdk.call.Route;
import io.keycoord.sdk.call.RoutePlan;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Makes every call below a pool's base URL with a leased key: acquire, send, judge and settle, and perhaps once more
 * with another key, another model or in another pool. Calls to any other place pass through untouched.
 *
 * <p>An application interceptor, so that one run of it is one logical call. {@link SigningInterceptor} adds the secret
 * right before the wire. A try's lease is settled when its outcome is known: at once for a refusal or a short answer,
 * else when the caller has read, closed or dropped the body. Nothing is retried once the caller has the answer.
 *
 * <p>When no key can be leased nothing is sent, and the call fails with a {@link LeaseUnavailableException}; if that
 * happens before a retry, the caller gets the provider's answer to the try before. A lease that has become too old when
 * the connection stands is exchanged there for another; if none can be had then, the answer to the try before is gone
 * already, and the caller gets the exception. Only {@link IOException}s leave it.
 */
final class LeaseInterceptor implements Interceptor {
    private final PoolCalls calls;
    private final Map<String, Destination> destinations;

    LeaseInterceptor(PoolCalls calls) {
        this.calls = calls;
        Set<String> stripped = calls.credentialHeaders();
        this.destinations = Stream.concat(Stream.of(calls), calls.lastResorts().stream())
                .collect(
                        Collectors.toUnmodifiableMap(pool -> pool.pool().id(), pool -> Destination.of(pool, stripped)));
    }

    private Destination of(PoolCalls pool) {
        return Objects.requireNonNull(destinations.get(pool.pool().id()));
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        if (!of(calls).address().covers(request.url())) {
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

    private Response leased(Chain chain, Outgoing outgoing) throws IOException {
        RoutePlan plan = RoutePlan.of(calls, outgoing.facts(), outgoing::isRewritable, outgoing.replayable());
        LeaseWaiter waiter =
                new LeaseWaiter(calls.keys(), chain.call(), calls.options().maxWait());
        Answer answer = null;
        LeaseUnavailableException denied = null;
        Leg leg = leg(plan, chain.request(), outgoing, waiter, true);
        while (true) {
            try {
                Optional<Route> next;
                try {
                    Attempt attempt = first(leg, answer);
                    answer = null;
                    answer = leg.send(chain, attempt);
                    next = answer.trouble().flatMap(plan::after);
                } catch (LeaseUnavailableException e) {
                    denied = denied == null ? e : denied;
                    next = plan.afterDenial(e.why());
                }
                if (next.isEmpty()) {
                    return surfaced(answer, denied);
                }
                leg = leg(plan, chain.request(), outgoing, waiter, false);
            } catch (RuntimeException | Error e) {
                discard(answer);
                throw e;
            }
        }
    }

    /** The answer of the way before is kept until there is a lease for the next one. */
    private static Attempt first(Leg leg, @Nullable Answer before) throws IOException {
        try {
            Attempt attempt = leg.first();
            discard(before);
            return attempt;
        } catch (LeaseUnavailableException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            discard(before);
            throw e;
        }
    }

    private static void discard(@Nullable Answer answer) {
        if (answer != null) {
            answer.discard();
        }
    }

    private static Response surfaced(@Nullable Answer answer, @Nullable LeaseUnavailableException denied)
            throws IOException {
        if (answer == null && denied != null) {
            throw denied;
        }
        return Objects.requireNonNull(answer, "answer").surface();
    }

    private Leg leg(RoutePlan plan, Request request, Outgoing whole, LeaseWaiter waiter, boolean own) {
        Route route = plan.route();
        Destination there = of(route.calls());
        Outgoing outgoing = own ? whole : whole.on(route, there.placed(request.url(), of(calls)));
        LeaseRequest wanted = request(route.calls(), request, outgoing.facts());
        boolean ofSamePool =
                !own && route.calls().pool().id().equals(calls.pool().id());
        RetryPolicy policy = route.calls().policy();
        Retries retries = ofSamePool
                ? Retries.ofDetour(policy, wanted, outgoing.replayable())
                : new Retries(policy, wanted, outgoing.replayable());
        return new Leg(there, outgoing, wanted, retries, plan, waiter);
    }

    /** What to lease for a call; its tags count more than the options. */
    private static LeaseRequest request(PoolCalls pool, Request call, CallFacts told) {
        Affinity affinity = call.tag(Affinity.class);
        return pool.request(
                told,
                Optional.ofNullable(call.tag(Priority.class)),
                Optional.ofNullable(affinity).map(Affinity::session));
    }
}
