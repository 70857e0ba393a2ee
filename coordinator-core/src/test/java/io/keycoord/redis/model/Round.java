package io.keycoord.redis.model;

import io.keycoord.config.BreakerConfig;
import io.keycoord.config.PoolConfig;
import java.time.Duration;

/** Moves what happens in a program to whole seconds, where blocks, rests and windows end at the same instant. */
final class Round {
    private static final long MS = 1_000;

    private Round() {}

    private static long ms(long ms) {
        return ms / MS * MS;
    }

    private static Duration up(Duration rest) {
        return Duration.ofMillis(ms(rest.toMillis()) + MS);
    }

    static PoolConfig pool(PoolConfig pool) {
        BreakerConfig breaker = pool.breaker();
        return pool.withBreaker(breaker.withCoolDown(up(breaker.coolDown()), up(breaker.maxCoolDown())));
    }

    static Step step(Step step) {
        if (step instanceof Step.Advance advance) {
            return new Step.Advance(ms(advance.micros() / 1_000) * 1_000);
        }
        if (step instanceof Step.Wait) {
            return new Step.Wait(0);
        }
        if (step instanceof Step.Settle settle) {
            return settle(settle);
        }
        if (step instanceof Step.Batch batch) {
            return new Step.Batch(batch.settles().stream().map(Round::settle).toList(), batch.acquires());
        }
        if (step instanceof Step.Report report) {
            return new Step.Report(report.key(), ms(report.blockMs()), report.models(), report.learnt());
        }
        if (step instanceof Step.Revive revive) {
            return new Step.Revive(
                    revive.action(), revive.key(), revive.causes(), ms(revive.restMs()), ms(revive.longestMs()));
        }
        return step;
    }

    private static Step.Settle settle(Step.Settle settle) {
        return new Step.Settle(
                settle.ticket(),
                settle.told(),
                settle.outcome(),
                settle.used(),
                settle.failure(),
                settle.scope(),
                ms(settle.blockMs()),
                settle.endpoint(),
                settle.latencyMs(),
                1_000,
                settle.learnt());
    }
}
