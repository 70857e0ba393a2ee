package io.keycoord.redis;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a call of Redis failed, in words that no client has a say in.
 *
 * @param code the first word of the answer, such as {@code READONLY}; or {@link #LOST}, {@link #SILENT}
 * @param text the whole answer; or what the client said
 */
record RedisError(String code, String text) {
    /** There is no connection, or it broke: whether the script ran is unknown. */
    static final String LOST = "LOST";

    /** No answer came in time: whether the script ran is unknown. */
    static final String SILENT = "SILENT";

    /** It ran, but of what it wrote there is no copy. */
    static final String UNCOPIED = "UNCOPIED";

    private static final Pattern CODE = Pattern.compile("[A-Z]{3,}(?= |$)");
    private static final String NO_CODE = "ERR";

    static RedisError answered(String answer) {
        Matcher code = CODE.matcher(answer);
        return new RedisError(code.lookingAt() ? code.group() : NO_CODE, answer);
    }

    /** Whether a text begins as error answers of Redis do. */
    static boolean isAnswer(String text) {
        return CODE.matcher(text).lookingAt();
    }

    static RedisError lost(String why) {
        return new RedisError(LOST, why);
    }

    static RedisError uncopied(String why) {
        return new RedisError(UNCOPIED, why);
    }

    static RedisError silent(String why) {
        return new RedisError(SILENT, why);
    }
}
