package io.keycoord.config;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Reads when a key is rested. Whatever is not said is as in {@link BreakerConfig#STANDARD}. */
final class BreakerReader {
    private BreakerReader() {}

    static BreakerConfig read(Section section) {
        BreakerConfig standard = BreakerConfig.STANDARD;
        int errors = section.whole("errors", Ranges.ERRORS).map(Long::intValue).orElse(standard.errors());
        Duration window = section.duration("window", Ranges.ERROR_WINDOW).orElse(standard.window());
        Duration coolDown = section.duration("coolDown", Ranges.COOL_DOWN).orElse(standard.coolDown());
        Duration longest = longestCoolDown(section, coolDown);
        int minCalls =
                section.whole("minCalls", Ranges.MIN_CALLS).map(Long::intValue).orElse(standard.minCalls());
        Optional<Double> share = section.share("errorRate");
        Optional<Long> row = section.whole("consecutive", Ranges.ERRORS);
        section.finish();
        return new BreakerConfig(
                errors,
                window,
                coolDown,
                longest,
                minCalls,
                share.map(OptionalDouble::of).orElse(OptionalDouble.empty()),
                row.map(r -> OptionalInt.of(r.intValue())).orElse(OptionalInt.empty()));
    }

    private static Duration longestCoolDown(Section section, Duration coolDown) {
        Duration standard = BreakerConfig.STANDARD.maxCoolDown();
        return section.duration("maxCoolDown", new Ranges.Span(coolDown, Ranges.LONGEST_COOL_DOWN))
                .orElse(coolDown.compareTo(standard) > 0 ? coolDown : standard);
    }
}
