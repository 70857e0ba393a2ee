package io.keycoord.config;

import io.keycoord.config.RateLimit.Counted;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.RateLimit.Refund;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What may be said about a rate beside the rate itself. */
record RateOptions(
        Optional<Mode> mode,
        Optional<Located<Long>> burst,
        Optional<Located<Duration>> arrivalJitter,
        Optional<Refund> refund,
        Optional<Counted> counted,
        Optional<Located<Resets>> resets) {

    private static final Choice<Mode> MODES = Choice.of(List.of(Mode.BUCKET, Mode.SLIDING_WINDOW, Mode.FIXED_WINDOW));
    private static final Choice<Refund> REFUNDS = Choice.of(List.of(Refund.values()));
    private static final Choice<Counted> COUNTS = Choice.of(List.of(Counted.values()));
    private static final Choice<Resets> RESETS = Choice.of(List.of(Resets.values()));
    private static final Ranges.Whole ANY_BURST = new Ranges.Whole(1, RateRules.LARGEST_AMOUNT);

    /** From which midnight a fixed window counts. */
    enum Resets {
        UTC,
        PACIFIC
    }

    /** A value, and where it stands. */
    record Located<T>(T value, Place place) {}

    /** The options that a limit entry gives to its requests and its tokens. */
    static RateOptions ofEntry(Section entry) {
        return read(entry, Optional.empty());
    }

    /** The options in the object of one rate. */
    static RateOptions ofRate(Section rate) {
        return read(rate, rate.choice("resets", RESETS).map(resets -> new Located<>(resets, rate.at("resets"))));
    }

    /** These, and where they say nothing, those. */
    RateOptions orElse(RateOptions those) {
        return new RateOptions(
                mode.or(() -> those.mode),
                burst.or(() -> those.burst),
                arrivalJitter.or(() -> those.arrivalJitter),
                refund.or(() -> those.refund),
                counted.or(() -> those.counted),
                resets.or(() -> those.resets));
    }

    RateOptions withoutBurst() {
        return new RateOptions(mode, Optional.empty(), arrivalJitter, refund, counted, resets);
    }

    private static RateOptions read(Section section, Optional<Located<Resets>> resets) {
        return new RateOptions(
                section.choice("mode", MODES),
                section.whole("burst", ANY_BURST).map(burst -> new Located<>(burst, section.at("burst"))),
                section.duration("arrivalJitter").map(jitter -> new Located<>(jitter, section.at("arrivalJitter"))),
                section.choice("refund", REFUNDS),
                section.choice("counted", COUNTS),
                resets);
    }
}
