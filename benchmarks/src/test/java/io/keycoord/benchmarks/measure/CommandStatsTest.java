package io.keycoord.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CommandStatsTest {
    private static final CommandStats STATS = CommandStats.parse("""
                    # Commandstats\r
                    cmdstat_evalsha:calls=3,usec=120,usec_per_call=40.00,rejected_calls=0,failed_calls=1\r
                    cmdstat_eval:calls=1,usec=30,usec_per_call=30.00,rejected_calls=0,failed_calls=0\r
                    cmdstat_config|resetstat:calls=1,usec=9,usec_per_call=9.00,rejected_calls=0,failed_calls=0\r
                    """);

    @Test
    void callsAreCountedByName() {
        assertThat(STATS.calls("evalsha")).isEqualTo(3);
        assertThat(STATS.calls("config|resetstat")).isEqualTo(1);
        assertThat(STATS.calls("ping")).isZero();
    }

    @Test
    void scriptsAreThoseByDigestAndThoseByText() {
        assertThat(STATS.scripts()).isEqualTo(4);
        assertThat(STATS.scriptMicros()).isEqualTo(150);
    }
}
