package io.keycoord.sdk.jdk;

import io.keycoord.KeyCoordinator;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.PoolInfo;
import io.keycoord.sdk.AnswerHead;
import io.keycoord.sdk.AnswerJudge;
import io.keycoord.sdk.CallFacts;
import io.keycoord.sdk.CallFactsReader;
import io.keycoord.sdk.LimitReader;
import io.keycoord.sdk.OutcomeClassifier;
import io.keycoord.sdk.RetryBudget;
import io.keycoord.sdk.RetryPolicy;
import io.keycoord.sdk.TroubleLog;
import io.keycoord.sdk.okhttp.LeasedHttp;
import io.keycoord.sdk.provider.Dialect;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/** What all calls of one pool share. Immutable. */
final class Calls {
    final HttpClient transport;
    final KeyCoordinator keys;
    final PoolUri address;
    final LeasedHttp.Options options;
    final CallFactsReader facts;
    final RetryPolicy policy;
    final AnswerJudge judge;
    final TroubleLog log;
    private final PoolInfo pool;
    private final Dialect dialect;

    Calls(HttpClient transport, KeyCoordinator keys, PoolInfo pool, LeasedHttp.Options options) {
        this.transport = transport;
        this.keys = keys;
        this.pool = pool;
        this.options = options;
        this.dialect = options.dialect(pool.provider());
        this.address = new PoolUri(pool.baseUrl());
        this.facts = new CallFactsReader(options.defaultOutputTokens());
        this.log = new TroubleLog(options.clock());
        LimitReader limits = new LimitReader(dialect.limits(), options.clock());
        this.judge = new AnswerJudge(
                new OutcomeClassifier(dialect.name(), dialect.rules(), limits, options.clock(), options.unmatched()),
                limits,
                log);
        this.policy = new RetryPolicy(
                options.maxAttempts(),
                options.allowDuplicateGeneration(),
                () -> ThreadLocalRandom.current().nextLong(),
                new RetryBudget());
    }

    String pool() {
        return pool.id();
    }

    LeaseRequest lease(CallFacts wanted, Optional<String> session) {
        LeaseRequest request = wanted.request(pool.id(), options.tenant()).withPriority(options.priority());
        return session.map(request::withAffinity).orElse(request);
    }

    /** The request with the secret of the lease and no other credential, to be answered in that time. */
    HttpRequest signed(HttpRequest request, Outgoing outgoing, Lease lease, Optional<Duration> timeout) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(
                request, (name, value) -> Dialect.CREDENTIAL_HEADERS.stream().noneMatch(name::equalsIgnoreCase));
        pool.headers().forEach((name, value) -> {
            if (request.headers().firstValue(name).isEmpty()) {
                builder.setHeader(name, value);
            }
        });
        outgoing.body().ifPresent(body -> builder.method(request.method(), body));
        timeout.ifPresent(builder::timeout);
        String secret = lease.secret().reveal();
        return builder.setHeader(dialect.credentialHeader(), dialect.credentialPrefix() + secret)
                .build();
    }

    void noteForeignRetry(HttpRequest request) {
        String count = request.headers().firstValue("X-Stainless-Retry-Count").orElse("0");
        if (!count.strip().equals("0")) {
            log.noteForeignRetry(pool.id());
        }
    }

    static AnswerHead unread(HttpResponse<?> answer) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        answer.headers().map().forEach((name, values) -> headers.put(name, String.join(",", values)));
        String type = isEncoded(answer) ? "" : headers.getOrDefault("Content-Type", "");
        return AnswerHead.unread(
                answer.statusCode(), headers, type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT));
    }

    /** Whether the body cannot be read here; the JDK's client asks for no encoding, and undoes none. */
    static boolean isEncoded(HttpResponse<?> answer) {
        return answer.headers().firstValue("Content-Encoding").isPresent();
    }
}
