package io.keycoord.benchmarks.contender;

import io.keycoord.benchmarks.contender.Contender.Role;
import java.util.List;
import java.util.stream.Collectors;

/** All who take part, in the order in which each round goes through them. */
public final class Contenders {
    public static final String EVALSHA = "evalsha";
    public static final String KEYCOORD = "keycoord";

    public static final List<Contender> ALL = List.of(
            new Contender("ping", Role.FLOOR, "one PING over Jedis", Floor::ping),
            new Contender(EVALSHA, Role.FLOOR, "one EVALSHA of \"return 1\" over Jedis", Floor::evalsha),
            new Contender(
                    "bucket4j",
                    Role.PEER,
                    "two buckets of a key chosen by chance, over Jedis; no slot, no breaker, no settlement",
                    BucketPairs::open),
            new Contender(
                    "redisson",
                    Role.PEER,
                    "two RRateLimiters and an RPermitExpirableSemaphore of a key chosen by chance; no breaker, no refund",
                    RedissonLimiters::open),
            new Contender(
                    KEYCOORD, Role.KEYCOORD, "acquire and settle over Jedis, a call each", KeycoordCycles::overJedis),
            new Contender(
                    "keycoord-combined",
                    Role.KEYCOORD,
                    "the same, those that meet in one call: the default",
                    KeycoordCycles::combined),
            new Contender(
                    "keycoord-deadline",
                    Role.KEYCOORD,
                    "the same for callers who wait at most two seconds, whose acquires other threads send",
                    KeycoordCycles::withDeadline),
            new Contender(
                    "keycoord-redisson",
                    Role.KEYCOORD,
                    "acquire and settle over Redisson, a call each",
                    KeycoordCycles::overRedisson));

    private Contenders() {}

    /**
     * The contender of this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Contender named(String name) {
        return ALL.stream()
                .filter(contender -> contender.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("contender is " + name + ", expected one of " + names()));
    }

    /** Their names, separated by commas. */
    public static String names() {
        return ALL.stream().map(Contender::name).collect(Collectors.joining(", "));
    }
}
