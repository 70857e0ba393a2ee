package io.keycoord.config;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Words of which one is expected, and what each means. */
record Choice<T>(Map<String, T> meanings) {

    /** The constants of an enumeration, written like {@code most-headroom}. */
    static <E extends Enum<E>> Choice<E> of(List<E> constants) {
        Map<String, E> meanings = new LinkedHashMap<>();
        for (E constant : constants) {
            meanings.put(constant.name().toLowerCase(Locale.ROOT).replace('_', '-'), constant);
        }
        return new Choice<>(meanings);
    }

    Optional<T> parse(String word) {
        return Optional.ofNullable(meanings.get(word));
    }

    String expected() {
        return (meanings.size() > 1 ? "one of " : "") + quoted(meanings.keySet());
    }

    private static String quoted(Collection<String> words) {
        return words.stream().map(word -> "\"" + word + "\"").collect(Collectors.joining(", "));
    }
}
