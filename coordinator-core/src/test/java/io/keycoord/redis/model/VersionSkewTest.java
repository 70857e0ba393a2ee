package io.keycoord.redis.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.model.Verb;
import io.keycoord.redis.PlannedPool;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Workers of the previous version beside those of this one, as during an upgrade: of every program each call is made by the
 * scripts of either version, as chance has it, on a pool that the previous one has registered. What both versions know must come
 * out as if all were of this one. The previous scripts are in {@code src/test/resources/previous}. It plays for three seconds, among the
 * long proofs for ten.
 *
 * <p>Left out is what the versions decide differently: refused credentials, which this one judges together, calls that cost
 * nothing on keys without money, which this one serves, and configurations that change while leases are out.
 */
@ExtendWith(RedisExtension.class)
@Tag("sampled")
class VersionSkewTest {
    private static final Duration USUAL = Duration.ofSeconds(Boolean.getBoolean("keycoord.proofs") ? 10 : 3);

    /** What the previous version did not have. */
    private static final Set<Verb> NEW = EnumSet.of(Verb.REVIVE, Verb.HOLD);

    private static String previous(String file) {
        try (InputStream in = VersionSkewTest.class.getResourceAsStream("/previous/" + file + ".lua")) {
            return in == null ? PlannedPool.text(file) : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    /** Without what the versions decide differently. */
    private static List<Step> common(List<Step> steps) {
        List<Step> common = new ArrayList<>();
        for (Step step : steps) {
            if (step instanceof Step.Settle settle) {
                common.add(common(settle));
            } else if (step instanceof Step.Batch batch) {
                common.add(new Step.Batch(
                        batch.settles().stream().map(VersionSkewTest::common).toList(), batch.acquires()));
            } else if (!(step instanceof Step.Present || step instanceof Step.Change)) {
                common.add(step);
            }
        }
        return common;
    }

    private static Step.Settle common(Step.Settle settle) {
        return new Step.Settle(
                settle.ticket(),
                settle.told(),
                settle.outcome(),
                settle.used(),
                "error",
                settle.scope(),
                settle.blockMs(),
                settle.endpoint(),
                settle.latencyMs(),
                settle.jitter(),
                settle.learnt());
    }

    @Test
    void bothVersionsAgreeOnOneState(TestRedis redis) {
        long chosen = Long.getLong("keycoord.programs", 0);
        long started = System.nanoTime();
        long played = 0;
        long calls = 0;
        try (Scripts present = new Scripts(redis.uri());
                Scripts previous = new Scripts(redis.uri(), VersionSkewTest::previous)) {
            assertThat(previous.digest(Verb.SETTLE)).isNotEqualTo(present.digest(Verb.SETTLE));
            for (long seed = 0; chosen > 0 ? played < chosen : System.nanoTime() - started < USUAL.toNanos(); seed++) {
                Program program = Generator.program(seed, "skew");
                if (program.config().limitsMoney()) {
                    continue;
                }
                Play play = new Play(program.with(common(program.steps())), false);
                calls += mixed(previous, present, seed, play);
                played++;
            }
        }
        System.out.printf(
                "previous and present scripts on one state: %,d programs, %,d calls, no difference%n", played, calls);
        assertThat(played).isPositive();
    }

    private static int mixed(Scripts previous, Scripts present, long seed, Play play) {
        List<Play.Call> calls = play.calls;
        int registered = (int) calls.stream()
                .takeWhile(call -> call.verb() == Verb.REGISTER)
                .peek(call -> previous.run(Verb.REGISTER, play.planned.meta(), call.args()))
                .count();
        // A worker of this version starts: it finds the pool registered, and adds what it needs.
        assertThat(present.run(Verb.REGISTER, play.planned.meta(), calls.get(0).args()))
                .startsWith("OPENED")
                .element(2)
                .isEqualTo("1");
        play.calls.subList(0, registered).clear();
        SplittableRandom random = new SplittableRandom(seed);
        Comparison comparison = new Comparison(
                present,
                call -> NEW.contains(play.calls.get(call).verb()) || random.nextBoolean() ? present : previous);
        assertThat(comparison.run(play)).as("program of seed %d", seed).isEmpty();
        return calls.size();
    }
}
