package io.keycoord.sdk.openrouter;

import io.keycoord.sdk.KindCounts;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the answers that came from another model than the one whose limits were charged, as with {@link
 * ChatRequest#withModels}, and tells of each pair once at INFO. A dated version of a model is that model. At most 1,000
 * pairs are remembered; others are counted in all only. Safe for use by many threads.
 */
public final class FallbackAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(FallbackAnswers.class);

    /**
     * Two models.
     *
     * @param charged the first that was asked, whose limits were charged
     * @param answered the one that answered
     */
    public record Pair(String charged, String answered) {}

    private final LongAdder all = new LongAdder();
    private final KindCounts<Pair> byPair = new KindCounts<>();

    /** How many so far. */
    public long count() {
        return all.sum();
    }

    /** How many of each pair so far. A copy. */
    public Map<Pair, Long> pairs() {
        return byPair.all();
    }

    void note(ChatRequest request, Optional<String> answered) {
        if (answered.isPresent() && isOther(request.models(), answered.get())) {
            Pair pair = new Pair(request.models().get(0), answered.get());
            all.increment();
            if (byPair.add(pair)) {
                LOG.info("{} answered, and the limits of {} were charged; told once", pair.answered(), pair.charged());
            }
        }
    }

    /** The model whose name begins the answer's the furthest is the one that answered. */
    private static boolean isOther(List<String> models, String answered) {
        String name = base(answered);
        int longest = -1;
        boolean other = false;
        for (int i = 0; i < models.size(); i++) {
            String model = base(models.get(i));
            if (name.startsWith(model) && model.length() > longest) {
                longest = model.length();
                other = i > 0;
            }
        }
        return longest >= 0 ? other : !author(models.get(0)).equals(author(answered));
    }

    private static String base(String model) {
        return model.split(":", 2)[0];
    }

    private static String author(String model) {
        return model.split("/", 2)[0];
    }
}
