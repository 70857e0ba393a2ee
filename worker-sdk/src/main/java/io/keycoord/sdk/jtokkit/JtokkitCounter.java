package io.keycoord.sdk.jtokkit;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;
import io.keycoord.sdk.TokenCounter;
import java.util.Optional;

/**
 * Counts tokens as OpenAI's models do:
 *
 * <pre>{@code
 * CallOptions options = CallOptions.standard().withTokenCounter(new JtokkitCounter());
 * }</pre>
 *
 * <p>Models that jtokkit does not know are counted as the newest ones that it does, {@code o200k_base}; other providers'
 * differ from that by 5 to 15 %. Making one takes about half a second and 40 MB, so make one and share it. Text is cut into
 * pieces of 8,192 characters, each counted by itself: that bounds the time, whatever the text, and is wrong by a token or
 * two for each cut. Safe for use by many threads.
 */
public final class JtokkitCounter implements TokenCounter {
    private static final int LONGEST_PIECE = 8_192;

    private final EncodingRegistry registry = Encodings.newLazyEncodingRegistry();
    private final Encoding newest = registry.getEncoding(EncodingType.O200K_BASE);

    @Override
    public long count(Optional<String> model, String text) {
        Encoding encoding =
                model.flatMap(name -> registry.getEncodingForModel(plain(name))).orElse(newest);
        long tokens = 0;
        for (int from = 0; from < text.length(); ) {
            int to = end(text, from);
            tokens += encoding.countTokensOrdinary(text.substring(from, to));
            from = to;
        }
        return tokens;
    }

    /** Without the vendor before it and the variant behind it, as in {@code openai/gpt-4o:floor}. */
    private static String plain(String model) {
        String name = model.substring(model.lastIndexOf('/') + 1);
        int variant = name.indexOf(':');
        return variant < 0 ? name : name.substring(0, variant);
    }

    /** Between two words, if there are any near the end. */
    private static int end(String text, int from) {
        if (text.length() - from <= LONGEST_PIECE) {
            return text.length();
        }
        int most = from + LONGEST_PIECE;
        int space = text.lastIndexOf(' ', most);
        if (space > from + LONGEST_PIECE / 2) {
            return space;
        }
        return Character.isLowSurrogate(text.charAt(most)) ? most - 1 : most;
    }

    @Override
    public String toString() {
        return "JtokkitCounter";
    }
}
