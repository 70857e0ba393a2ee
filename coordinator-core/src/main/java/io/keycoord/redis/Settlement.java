package io.keycoord.redis;

import io.keycoord.Outcome;
import io.keycoord.ReportedLimit;
import io.keycoord.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An outcome in the words of {@code lua/settle.lua}, and what its reply says about the key. */
final class Settlement {
    private static final Logger log = LoggerFactory.getLogger(Settlement.class);
    private static final int JITTER_LOW = 800;
    private static final int JITTER_HIGH = 1_200;
    private static final int MOST_LEARNT = 16;
    private static final Duration LONGEST_WINDOW = Duration.ofDays(32);

    private Settlement() {}

    /** Of a call that was not made. */
    static List<String> unused(String id, String record) {
        return args(id, record, Outcome.unused(), -1, "", -1);
    }

    /** {@code microUsd}: what the call has cost, in millionths of a US dollar; -1 if nobody knows. */
    static List<String> args(String id, String record, Outcome outcome, long microUsd, String model, long latencyMs) {
        return List.of(
                "",
                id,
                record,
                word(outcome.kind()),
                Long.toString(outcome.usage().map(Usage::inputTokens).orElse(-1L)),
                Long.toString(outcome.usage().map(Usage::outputTokens).orElse(-1L)),
                Long.toString(microUsd),
                word(outcome.failure()),
                word(outcome.block().scope()),
                Long.toString(outcome.block().duration().toMillis()),
                outcome.cause(),
                model,
                Long.toString(latencyMs),
                Integer.toString(ThreadLocalRandom.current().nextInt(JITTER_LOW, JITTER_HIGH + 1)),
                learnt(outcome.slowsDown(), outcome.reported()));
    }

    /** What was said of an account's limits, as far as the scripts take it. */
    static String learnt(boolean slower, List<ReportedLimit> reported) {
        return Stream.concat(
                        slower ? Stream.of("slower") : Stream.empty(),
                        reported.stream().map(Settlement::word))
                .limit(MOST_LEARNT)
                .collect(Collectors.joining(","));
    }

    private static String word(ReportedLimit limit) {
        long window = Math.min(limit.window().toMillis(), LONGEST_WINDOW.toMillis());
        return limit.dimension().stored() + " " + window + " " + limit.limit().orElse(0) + " " + limit.left();
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** One line for each change of a key, by the worker whose settlement made it. */
    static void log(PoolSession pool, RedisLease lease, Outcome outcome, Reply reply) {
        switch (reply.status()) {
            case "SETTLED" -> change(pool, lease, outcome, reply);
            case "LATE" ->
                log.warn(
                        "pool {}: lease {} of key {} was settled after it had expired",
                        pool.config.id(),
                        lease.id(),
                        lease.keyId());
            case "DUPLICATE", "UNKNOWN", "NO_POOL" ->
                log.warn("pool {}: settlement of lease {} answered {}", pool.config.id(), lease.id(), reply.status());
            default -> throw reply.unexpected();
        }
    }

    private static void change(PoolSession pool, RedisLease lease, Outcome outcome, Reply reply) {
        String hint = pool.secret(lease.keyId()).map(Object::toString).orElse("");
        switch (reply.text(4)) {
            case "OPENED" -> opened(pool, lease, hint, outcome, reply);
            case "MOST_REFUSED" -> {
                opened(pool, lease, hint, outcome, reply);
                log.error(
                        "pool {}: the provider refuses most keys since a minute or less, last {}: they are probed and not"
                                + " disabled, for it is more likely that the provider or a change here is wrong than all of them",
                        pool.config.id(),
                        outcome.cause());
            }
            case "DISABLED" ->
                log.warn(
                        "pool {}: key {} ({}) leaves service until an operator enables it: {}",
                        pool.config.id(),
                        lease.keyId(),
                        hint,
                        outcome.cause());
            case "ENDPOINT_OPENED" ->
                log.warn(
                        "pool {}: model {} rests until {}: it fails for whoever calls it, last {}",
                        pool.config.id(),
                        lease.model(),
                        Instant.ofEpochMilli(reply.number(5)),
                        outcome.cause());
            case "ENDPOINT_BLOCKED" ->
                log.warn(
                        "pool {}: model {} rests until {}, as the provider says: {}",
                        pool.config.id(),
                        lease.model(),
                        Instant.ofEpochMilli(reply.number(5)),
                        outcome.cause());
            case "ENDPOINT_CLOSED" -> log.info("pool {}: model {} works again", pool.config.id(), lease.model());
            case "CLOSED" -> log.info("pool {}: key {} ({}) is back in service", pool.config.id(), lease.keyId(), hint);
            default -> {}
        }
    }

    private static void opened(PoolSession pool, RedisLease lease, String hint, Outcome outcome, Reply reply) {
        log.warn(
                "pool {}: key {} ({}) leaves service until {}: {} errors in the window, last {}",
                pool.config.id(),
                lease.keyId(),
                hint,
                Instant.ofEpochMilli(reply.number(5)),
                reply.number(6),
                outcome.cause());
    }
}
