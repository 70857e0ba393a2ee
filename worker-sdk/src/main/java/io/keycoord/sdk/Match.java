package io.keycoord.sdk;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/** The conditions of {@link Rule}s, in words. Machine words and messages are compared without regard to case. */
public final class Match {

    private Match() {}

    public static Predicate<ErrorAnswer> status(Integer... codes) {
        Set<Integer> wanted = Set.of(codes);
        return answer -> wanted.contains(answer.status());
    }

    public static Predicate<ErrorAnswer> statusFrom(int first) {
        return answer -> answer.status() >= first;
    }

    /** A machine word, wherever the provider puts it, is one of these. */
    public static Predicate<ErrorAnswer> word(String field, String... words) {
        Set<String> wanted = Set.of(words);
        return answer -> wanted.contains(answer.word(field));
    }

    /** A machine word begins with {@code start}. */
    public static Predicate<ErrorAnswer> wordStarts(String field, String start) {
        return answer -> answer.word(field).startsWith(start);
    }

    public static Predicate<ErrorAnswer> field(String field) {
        return answer -> answer.has(field);
    }

    public static Predicate<ErrorAnswer> flag(String field) {
        return word(field, "true");
    }

    /** A header that begins with {@code prefix} says that nothing remains. */
    public static Predicate<ErrorAnswer> exhausted(String prefix) {
        return answer -> answer.saysOfAny(prefix, "-remaining", "0");
    }

    /** {@code error.availability.code} is one of these. */
    public static Predicate<ErrorAnswer> availability(String... codes) {
        Set<String> wanted = Set.of(codes);
        return answer -> wanted.contains(answer.availability());
    }

    /** The message contains one of these. */
    public static Predicate<ErrorAnswer> says(String... parts) {
        return answer -> {
            String message = answer.message().toLowerCase(Locale.ROOT);
            return Arrays.stream(parts).anyMatch(part -> message.contains(part.toLowerCase(Locale.ROOT)));
        };
    }

    /** An intermediary passes on what a provider behind it answered. */
    public static Predicate<ErrorAnswer> relayed() {
        return ErrorAnswer::isRelayed;
    }

    /** The body is a page, not JSON. */
    public static Predicate<ErrorAnswer> edgePage() {
        return ErrorAnswer::isEdgePage;
    }
}
