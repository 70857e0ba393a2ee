package io.keycoord.redis.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.model.OracleRun.Kind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Long random histories on the scripts, judged by the {@link Oracle}: 15 of each kind, among the long proofs 60. {@code -Dkeycoord.long=true}
 * plays 3,000; {@code -Dkeycoord.histories=N} plays N; {@code -Dkeycoord.history=S} plays the one of seed S alone.
 */
@ExtendWith(RedisExtension.class)
@Tag("sampled")
class OracleTest {
    private static final int STEPS = 300;
    private static final int SHOWN = 3;

    @BeforeEach
    void empty(TestRedis redis) {
        redis.clear();
    }

    @Test
    void nothingIsIssuedBeyondALimitNorRefusedWithin(TestRedis redis) {
        judge(redis, Kind.PLAIN, histories());
    }

    @Test
    void whoHasWaitedLongerIsServedFirstAndNobodyElseIsRefused(TestRedis redis) {
        judge(redis, Kind.WAITING, histories());
    }

    @Test
    void whatIsGivenBackIsNeverIssuedTwice(TestRedis redis) {
        judge(redis, Kind.FREE, histories());
    }

    @Test
    void reservationsAndWhatIsGivenBackKeepOutOfEachOthersWay(TestRedis redis) {
        judge(redis, Kind.TIGHT, histories());
    }

    private static int histories() {
        int usual = Boolean.getBoolean("keycoord.proofs") ? 60 : 15;
        return Integer.getInteger("keycoord.histories", Boolean.getBoolean("keycoord.long") ? 3_000 : usual);
    }

    private static void judge(TestRedis redis, Kind kind, int histories) {
        OracleCounts counts = new OracleCounts();
        Long one = Long.getLong("keycoord.history");
        try (Scripts scripts = new Scripts(redis.uri())) {
            for (long seed = one == null ? 0 : one; seed < (one == null ? histories : one + 1); seed++) {
                new OracleRun(scripts, seed, kind, counts).play(STEPS);
            }
        }
        System.out.println("oracle, " + kind + ": " + counts);
        assertThat(counts.objections.stream().limit(SHOWN))
                .as(counts.toString())
                .isEmpty();
        assertThat(counts.grants).isPositive();
        assertThat(counts.denials).isPositive();
    }
}
