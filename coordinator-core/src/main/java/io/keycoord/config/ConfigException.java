package io.keycoord.config;

import java.util.List;

/**
 * A configuration that cannot be used. It tells every mistake found, not only the first one, each with its line, its
 * place in the document, the value and what was expected. It never holds a secret, nor a text that may be one.
 */
public final class ConfigException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 100;

    private final transient List<String> mistakes;

    ConfigException(String source, List<String> mistakes) {
        super(message(source, mistakes));
        this.mistakes = List.copyOf(mistakes);
    }

    /**
     * One line for each mistake, in the order of the document, such as {@code line 7: pools[0].keys[2].weight is 0,
     * expected a whole number from 1 to 100}.
     */
    public List<String> mistakes() {
        return mistakes;
    }

    private static String message(String source, List<String> mistakes) {
        if (mistakes.size() == 1) {
            return source + ": " + mistakes.get(0);
        }
        StringBuilder text = new StringBuilder(source + ": " + mistakes.size() + " mistakes");
        mistakes.stream().limit(SHOWN).forEach(mistake -> text.append("\n  ").append(mistake));
        if (mistakes.size() > SHOWN) {
            text.append("\n  and ").append(mistakes.size() - SHOWN).append(" more");
        }
        return text.toString();
    }
}
