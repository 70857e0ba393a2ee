package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class SecretFreeFailuresTest {
    private static final String SECRET = "sk-canary-abcdefghij";

    @Test
    void aFailureWithoutTheSecretMayBeTold() {
        IOException cause = new IOException("closed");
        cause.initCause(new IOException("reset", cause));

        assertThat(SecretFreeFailures.of(cause, SECRET)).isEmpty();
    }

    @Test
    void aMessageWithTheSecretIsToldWithoutIt() {
        IOException quoting = new IOException("Invalid status line: \"sk-canary-abcdefghij\"");

        assertThat(SecretFreeFailures.of(quoting, SECRET))
                .hasValueSatisfying(told -> assertThat(told).hasMessage("IOException: Invalid status line: \"***\""));
    }

    @Test
    void soIsOneOfACauseOrOfWhatWasSuppressed() {
        IOException suppressed = new IOException("a");
        suppressed.addSuppressed(new IOException("b", new IOException("sk-canary-abcdefghij")));

        Throwable told =
                SecretFreeFailures.of(new IOException("c", suppressed), SECRET).orElseThrow();

        assertThat(told).hasMessage("IOException: c").hasNoCause();
        assertThat(told.getSuppressed()).isEmpty();
    }
}
