package io.keycoord.sdk.provider;

import io.keycoord.sdk.ErrorAnswer;
import io.keycoord.sdk.Match;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the conditions of a rule. All fields of an object have to hold; of the values of one field, one. Conditions that
 * no answer could meet, or that test nothing, are refused.
 */
final class MatchReader {
    private static final Pattern RANGE = Pattern.compile("(\\d{3})-(\\d{3})");
    private static final Pattern FIELD = Pattern.compile("[A-Za-z0-9_]+(?:\\.[A-Za-z0-9_]+)*");
    private static final Pattern HEADER = Pattern.compile("[a-z0-9-]+");
    private static final String STATUSES = "a list of statuses from 100 to 999, and of ranges such as \"500-599\"";
    private static final String FORMS = "a list of texts, with * for any characters, not empty and not * alone";
    private static final String TESTS = "an object with at least one condition";

    private static final Map<String, Function<Part, Predicate<ErrorAnswer>>> CONDITIONS = Map.ofEntries(
            Map.entry("status", MatchReader::statuses),
            Map.entry("word", part -> named(part, FIELD, Match::word)),
            Map.entry("header", part -> named(part, HEADER, Match::header)),
            Map.entry("detail", part -> named(part, FIELD, Match::detail)),
            Map.entry("exception", part -> Match.exception(forms(part))),
            Map.entry("says", part -> Match.says(forms(part))),
            Map.entry("has", part -> Match.has(part.texts(matching(FIELD), "a list of names of fields"))),
            Map.entry("relayed", part -> ifTrue(part, Match.relayed())),
            Map.entry("page", part -> ifTrue(part, Match.page())),
            Map.entry("exhausted", part -> Match.exhausted(part.text(matching(HEADER), "the beginning of a header"))),
            Map.entry("any", part -> anyOf(part)),
            Map.entry("not", part -> read(part).negate()));

    private MatchReader() {}

    /** All conditions of an object. */
    static Predicate<ErrorAnswer> read(Part match) {
        match.fields(CONDITIONS.keySet());
        return match.anyFields(TESTS).stream().map(MatchReader::condition).reduce(answer -> true, Predicate::and);
    }

    private static Predicate<ErrorAnswer> condition(Part field) {
        return Objects.requireNonNull(CONDITIONS.get(field.key())).apply(field);
    }

    private static Predicate<ErrorAnswer> anyOf(Part list) {
        List<Part> choices = list.elements("a list of objects with conditions, two or more");
        if (choices.size() < 2) {
            throw list.wrong("a list of objects with conditions, two or more");
        }
        return choices.stream().map(MatchReader::read).reduce(answer -> false, Predicate::or);
    }

    private static Predicate<ErrorAnswer> ifTrue(Part part, Predicate<ErrorAnswer> condition) {
        return part.isTrue() ? condition : condition.negate();
    }

    private static Predicate<ErrorAnswer> statuses(Part list) {
        return list.elements(STATUSES).stream().map(MatchReader::status).reduce(answer -> false, Predicate::or);
    }

    private static Predicate<ErrorAnswer> status(Part part) {
        if (part.value().isInt() && isStatus(part.value().intValue())) {
            return Match.status(part.value().intValue(), part.value().intValue());
        }
        Matcher range = RANGE.matcher(part.value().asText());
        if (!part.value().isTextual() || !range.matches()) {
            throw part.wrong(STATUSES);
        }
        int first = Integer.parseInt(range.group(1));
        int last = Integer.parseInt(range.group(2));
        if (!isStatus(first) || last < first) {
            throw part.wrong(STATUSES);
        }
        return Match.status(first, last);
    }

    private static boolean isStatus(int status) {
        return status >= 100 && status <= 999;
    }

    private static Predicate<ErrorAnswer> named(
            Part fields, Pattern names, BiFunction<String, List<String>, Predicate<ErrorAnswer>> condition) {
        Predicate<ErrorAnswer> all = answer -> true;
        for (Part field : fields.anyFields("an object with the names of fields and what they are")) {
            String name = field.path().substring(fields.path().length() + 1);
            if (!names.matcher(name).matches()) {
                throw new RulesException(field.file() + ": " + fields.path() + " has the name \"" + name
                        + "\", expected one of the form " + names.pattern());
            }
            all = all.and(condition.apply(name, forms(field)));
        }
        return all;
    }

    private static List<String> forms(Part list) {
        return list.texts(form -> !form.replace("*", "").isBlank(), FORMS);
    }

    private static Predicate<String> matching(Pattern pattern) {
        return text -> pattern.matcher(text).matches();
    }
}
