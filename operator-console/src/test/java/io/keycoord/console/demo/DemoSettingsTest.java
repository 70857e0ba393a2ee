package io.keycoord.console.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DemoSettingsTest {
    private static DemoSettings of(int seconds, int workers, int keys) {
        return new DemoSettings(seconds, workers, keys, Optional.empty(), 1);
    }

    @Test
    void whatIsOutOfRangeIsNamedWithItsValueAndTheRange() {
        assertThatThrownBy(() -> of(8, 4, 8)).hasMessage("--seconds is 8, expected a whole number from 9 to 3600");
        assertThatThrownBy(() -> of(30, 1, 8)).hasMessage("--workers is 1, expected a whole number from 2 to 16");
        assertThatThrownBy(() -> of(30, 4, 25)).hasMessage("--keys is 25, expected a whole number from 4 to 24");
    }

    @Test
    void aLongRunHasWindowsOfTenSeconds() {
        assertThat(of(30, 4, 8).window()).isEqualTo(Duration.ofSeconds(10));
        assertThat(of(600, 4, 8).leaseTtl()).isEqualTo(Duration.ofSeconds(5));
        assertThat(of(600, 4, 8).coolDown()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void everythingHappensWithinTheRunInItsOrder() {
        for (int seconds = 9; seconds <= 120; seconds++) {
            DemoSettings settings = of(seconds, 2, 4);
            assertThat(settings.badFrom()).isBetween(settings.window(), settings.failingFrom());
            assertThat(settings.failingFrom().plus(settings.failingFor())).isLessThanOrEqualTo(settings.killAt());
            // Two rests, a fifth longer than the cool-down at most, bring the failing key back before the end.
            Duration lastRest = settings.failingFor()
                    .plus(settings.coolDown().multipliedBy(12).dividedBy(10));
            assertThat(settings.failingFrom().plus(lastRest)).isLessThan(settings.length());
            assertThat(settings.killAt().plus(settings.leaseTtl())).isLessThan(settings.length());
            assertThat(settings.leaseTtl().toNanosPart() % 1_000_000).isZero();
        }
    }
}
