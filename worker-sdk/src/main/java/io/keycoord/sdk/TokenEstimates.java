package io.keycoord.sdk;

import io.keycoord.Usage;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * Learns from answers how large requests of each model really are, and corrects what is reserved for the next ones: the
 * prompt by a moving average of the true size to the estimated one, with a tenth on top, within 0.5 to 2; the output by {@link Reservation}.
 * Knows 1,000 models at most; others stay uncorrected. Safe for use by many threads.
 */
public final class TokenEstimates {
    private static final int MOST_MODELS = 1_000;
    private static final double STEP = 0.1;
    private static final double LEAST = 0.5;
    private static final double MOST = 2;
    private static final int FEW = 20;
    private static final double SHARE_BELOW = 0.9;

    private final Reservation reservation;
    private final BiConsumer<CallFacts, Usage> watch;
    private final Map<String, Model> models = new ConcurrentHashMap<>();

    /** Knows nothing yet. */
    public TokenEstimates(Reservation reservation) {
        this(reservation, (reserved, used) -> {});
    }

    /** The same; {@code watch} is told what it would have reserved for each call, and what that has used. */
    public TokenEstimates(Reservation reservation, BiConsumer<CallFacts, Usage> watch) {
        this.reservation = reservation;
        this.watch = watch;
    }

    /** What to reserve for a call of whose request {@code told} is read. */
    public CallFacts corrected(CallFacts told) {
        Optional<Model> model = told.model().map(models::get);
        long input = model.map(known -> known.input(told.inputTokens())).orElse(told.inputTokens());
        long output = switch (reservation) {
            case MAX -> told.outputTokens();
            case ACTUAL -> model.map(known -> known.output(told.outputTokens())).orElse(told.outputTokens());
            case NONE -> 0;
        };
        return new CallFacts(told.model(), input, output);
    }

    /** Takes note of what a call has used of whose request {@code told} was read, before any correction. */
    public void learn(CallFacts told, Usage used) {
        watch.accept(corrected(told), used);
        told.model().map(this::known).ifPresent(model -> model.learn(told.inputTokens(), used));
    }

    private Model known(String name) {
        return models.size() < MOST_MODELS
                ? models.computeIfAbsent(name, any -> new Model())
                : models.getOrDefault(name, new Model());
    }

    @Override
    public String toString() {
        return "TokenEstimates[" + reservation + ", " + models.size() + " models]";
    }

    private static final class Model {
        private double factor = 1;
        private double output;
        private int answers;

        synchronized long input(long estimate) {
            return (long) Math.ceil(estimate * factor);
        }

        synchronized long output(long most) {
            return answers < FEW ? most : Math.min(most, (long) Math.ceil(output));
        }

        synchronized void learn(long estimate, Usage used) {
            if (estimate > 0 && used.inputTokens() > 0) {
                double seen = TokenEstimate.SAFETY * used.inputTokens() / estimate;
                factor = Math.max(
                        LEAST, Math.min(MOST, factor + STEP * (Math.max(LEAST, Math.min(MOST, seen)) - factor)));
            }
            long tokens = used.outputTokens();
            output = answers == 0 ? tokens : output + quantileStep(tokens);
            answers = Math.min(answers + 1, FEW);
        }

        /** Up by nine tenths of a step and down by one: where nine of ten values are below, the steps cancel out. */
        private double quantileStep(long tokens) {
            double step = Math.max(1, output) * STEP;
            return tokens > output ? step * SHARE_BELOW : -step * (1 - SHARE_BELOW);
        }
    }
}
