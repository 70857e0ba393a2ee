package io.keycoord.sdk;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The conditions of {@link Rule}s, in words. Machine words and messages are compared without regard to case, and with
 * forms in which {@code *} stands for any characters.
 */
public final class Match {

    private Match() {}

    /** The status is within a range, both ends included. */
    public static Predicate<ErrorAnswer> status(int first, int last) {
        return answer -> answer.status() >= first && answer.status() <= last;
    }

    /** A machine word, wherever the provider puts it, has one of these forms. {@code a.b} is {@code b} within {@code a}. */
    public static Predicate<ErrorAnswer> word(String field, List<String> forms) {
        List<Wildcard> wanted = wildcards(forms);
        return answer -> matchesAny(wanted, Stream.of(answer.text(field)));
    }

    /** One of the error's {@code details}, or of the violations in them, has such a field with one of these forms. */
    public static Predicate<ErrorAnswer> detail(String field, List<String> forms) {
        List<Wildcard> wanted = wildcards(forms);
        return answer -> matchesAny(wanted, answer.details(field));
    }

    /** The name of the exception, as Amazon tells it, has one of these forms. */
    public static Predicate<ErrorAnswer> exception(List<String> forms) {
        List<Wildcard> wanted = wildcards(forms);
        return answer -> matchesAny(wanted, Stream.of(answer.exception()));
    }

    /** A header has one of these forms. */
    public static Predicate<ErrorAnswer> header(String name, List<String> forms) {
        List<Wildcard> wanted = wildcards(forms);
        return answer -> matchesAny(wanted, answer.header(name).stream());
    }

    /** The message contains one of these. */
    public static Predicate<ErrorAnswer> says(List<String> parts) {
        List<Wildcard> wanted = wildcards(parts);
        return answer -> {
            String message = answer.message();
            return wanted.stream().anyMatch(part -> part.isIn(message));
        };
    }

    /** One of these fields is there. */
    public static Predicate<ErrorAnswer> has(List<String> fields) {
        List<String> wanted = List.copyOf(fields);
        return answer -> wanted.stream().anyMatch(answer::has);
    }

    /** A header that begins with {@code prefix} says that nothing remains. */
    public static Predicate<ErrorAnswer> exhausted(String prefix) {
        return answer -> answer.saysOfAny(prefix, "-remaining", "0");
    }

    /** An intermediary passes on what a provider behind it answered. */
    public static Predicate<ErrorAnswer> relayed() {
        return ErrorAnswer::isRelayed;
    }

    /** The body is a page, not JSON. */
    public static Predicate<ErrorAnswer> page() {
        return ErrorAnswer::isEdgePage;
    }

    private static List<Wildcard> wildcards(List<String> forms) {
        return forms.stream().map(Wildcard::of).toList();
    }

    private static boolean matchesAny(List<Wildcard> wanted, Stream<String> texts) {
        return texts.filter(text -> !text.isEmpty())
                .anyMatch(text -> wanted.stream().anyMatch(form -> form.matches(text)));
    }
}
