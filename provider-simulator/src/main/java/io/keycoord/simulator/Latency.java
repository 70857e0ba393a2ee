package io.keycoord.simulator;

import java.time.Duration;
import java.util.SplittableRandom;

/**
 * How long an admitted call takes until its answer, or the first chunk of it, is sent. Refusals are immediate.
 *
 * @param shape the distribution of what is added to {@code base}
 * @param base the least time, 0 to 1 h
 * @param spread the width of a uniform distribution, or the median of a log-normal one, 0 to 1 h
 * @param sigma the standard deviation of the logarithm, 0 to 3; only for {@link Shape#LOG_NORMAL}
 * @param perToken time between two tokens of a stream, 0 to 10 s
 */
public record Latency(Shape shape, Duration base, Duration spread, double sigma, Duration perToken) {

    private static final Duration HOUR = Duration.ofHours(1);

    /** The distribution. */
    public enum Shape {
        /** {@code base} plus an equally likely part of {@code spread}. */
        UNIFORM,
        /** {@code base} plus {@code spread * exp(sigma * normal)}: a long tail, cut at 1 h. */
        LOG_NORMAL
    }

    /** Refuses negative or endless times. */
    public Latency {
        Check.duration("base", base, Duration.ZERO, HOUR);
        Check.duration("spread", spread, Duration.ZERO, HOUR);
        Check.duration("perToken", perToken, Duration.ZERO, Duration.ofSeconds(10));
        double given = sigma;
        Check.that(sigma >= 0 && sigma <= 3, () -> "sigma is " + given + ", expected 0 to 3");
    }

    /** 20 to 80 ms, and 200 us for each streamed token. */
    public static Latency standard() {
        return uniform(Duration.ofMillis(20), Duration.ofMillis(80)).withPerToken(Duration.ofNanos(200_000));
    }

    /** No waiting at all. */
    public static Latency none() {
        return uniform(Duration.ZERO, Duration.ZERO);
    }

    /** Equally likely between {@code least} and {@code most}. */
    public static Latency uniform(Duration least, Duration most) {
        return new Latency(Shape.UNIFORM, least, most.minus(least), 0, Duration.ZERO);
    }

    /** {@code base} plus a log-normal part with the given median. */
    public static Latency logNormal(Duration base, Duration median, double sigma) {
        return new Latency(Shape.LOG_NORMAL, base, median, sigma, Duration.ZERO);
    }

    /** The same with another time per streamed token. */
    public Latency withPerToken(Duration time) {
        return new Latency(shape, base, spread, sigma, time);
    }

    /** Nanoseconds until the answer of the call whose random numbers these are. */
    long sampleNanos(SplittableRandom random) {
        double part = shape == Shape.UNIFORM ? random.nextDouble() : Math.exp(sigma * random.nextGaussian());
        return base.toNanos() + (long) Math.min((double) HOUR.toNanos(), spread.toNanos() * part);
    }
}
