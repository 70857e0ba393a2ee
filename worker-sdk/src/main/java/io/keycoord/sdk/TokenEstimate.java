package io.keycoord.sdk;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Estimates tokens from characters: four to a token, or 0.8 tokens each where a script has a character for a syllable
 * or a word. Within about -6 to +27 % of a tokenizer for ordinary text, and then a tenth is added: an estimate that is
 * too low makes the provider refuse, one too high is given back at settlement. Texts may be counted by a tokenizer instead,
 * as far as that takes a bounded time.
 */
final class TokenEstimate {
    private static final int FIRST_DENSE = 0x2E80;
    private static final int MOST_COUNTED = 1 << 17;
    static final double SAFETY = 1.1;

    private final Optional<TokenCounter> counter;
    private final List<String> counted = new ArrayList<>();
    private int kept;
    private long plain;
    private long dense;
    private long fixed;

    TokenEstimate(Optional<TokenCounter> counter) {
        this.counter = counter;
    }

    void text(String text) {
        if (counter.isEmpty() || kept == MOST_COUNTED) {
            characters(text);
            return;
        }
        int most = Math.min(text.length(), MOST_COUNTED - kept);
        boolean splitsPair = most < text.length() && Character.isLowSurrogate(text.charAt(most));
        int head = splitsPair ? most - 1 : most;
        counted.add(text.substring(0, head));
        kept += most;
        characters(text.substring(head));
    }

    /** Of a character that takes two places, the second is passed over. */
    private void characters(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < FIRST_DENSE) {
                plain++;
            } else {
                dense++;
                boolean two = Character.isHighSurrogate(c) && i + 1 < text.length();
                i += two && Character.isLowSurrogate(text.charAt(i + 1)) ? 1 : 0;
            }
        }
    }

    /** Characters of JSON that the provider turns into tokens as they stand. */
    void characters(long count) {
        plain += count;
    }

    void tokens(long count) {
        fixed += count;
    }

    /**
     * All of it, with the tenth.
     *
     * @param model whose tokens they are; empty if that is not known
     * @throws RuntimeException if the counter throws one, or counts less than nothing; {@link #uncounted} goes on without it
     */
    long total(Optional<String> model) {
        long tokens = 0;
        for (String text : counted) {
            tokens = Math.addExact(tokens, count(model, text));
        }
        return (long) Math.ceil(SAFETY * (Math.ceil(plain / 4.0 + 0.8 * dense) + fixed + tokens));
    }

    private long count(Optional<String> model, String text) {
        long count = counter.orElseThrow().count(model, text);
        if (count < 0) {
            throw new IllegalArgumentException("a token counter counted " + count + ", expected zero or more");
        }
        return count;
    }

    /** Estimates by characters what was to be counted. */
    void uncounted() {
        counted.forEach(this::characters);
        counted.clear();
    }
}
