package io.keycoord.sdk;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the answers that no rule of their provider recognises, so that they were judged by their status alone, and tells
 * of each kind once at INFO: a rule of your own can say what they mean. Holds no text of any answer but machine words, and
 * at most 1,000 kinds; later ones are counted with their provider only. Safe for use by many threads.
 */
public final class UnmatchedAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(UnmatchedAnswers.class);

    /** {@code slow_down}, {@code UNAVAILABLE}, {@code ThrottlingException} or a short number: no key looks like one. */
    private static final Pattern MACHINE_WORD = Pattern.compile(
            "[a-z]{1,24}(?:[_.-][a-z]{1,24}){0,5}|[A-Z]{1,24}(?:_[A-Z]{1,24}){0,5}|(?:[A-Z][a-z]{2,20}){1,6}|\\d{1,5}");

    /**
     * What such answers have in common.
     *
     * @param provider as the configuration names it
     * @param status of the answer; 0 for an error without a number inside a success
     * @param code the machine word that it gives for its reason; empty if it has none, or one that is no such word
     * @param fault what it was taken for
     */
    public record Kind(String provider, int status, String code, FaultClass fault) {}

    private final Map<String, LongAdder> byProvider = new ConcurrentHashMap<>();
    private final KindCounts<Kind> byKind = new KindCounts<>();

    /** How many answers of a provider were not recognised so far. */
    public long count(String provider) {
        LongAdder count = byProvider.get(provider);
        return count == null ? 0 : count.sum();
    }

    /** How many of each kind so far. A copy. */
    public Map<Kind, Long> kinds() {
        return byKind.all();
    }

    void note(String provider, ErrorAnswer answer, FaultClass fault) {
        byProvider.computeIfAbsent(provider, name -> new LongAdder()).increment();
        Kind kind = new Kind(provider, answer.status(), code(answer), fault);
        if (byKind.add(kind)) {
            LOG.info(
                    "an answer of {} is not recognised: status {}, code {}, taken for {}; told once",
                    provider,
                    kind.status(),
                    kind.code().isEmpty() ? "none" : kind.code(),
                    fault);
        }
    }

    private static String code(ErrorAnswer answer) {
        return Stream.of(
                        answer.exception(),
                        answer.text("limit_source"),
                        answer.text("error_type"),
                        answer.text("code"),
                        answer.text("type"))
                .filter(word -> MACHINE_WORD.matcher(word).matches())
                .findFirst()
                .orElse("");
    }
}
