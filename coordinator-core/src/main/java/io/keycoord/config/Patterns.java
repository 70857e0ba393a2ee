package io.keycoord.config;

/** Model patterns: {@code *} stands for any run of characters, every other character for itself. */
final class Patterns {
    static final String EXPECTED = "a pattern of model names such as \"openai/*\": 1 to 200 characters without blanks";

    private static final int LONGEST = 200;

    private Patterns() {}

    static boolean isPattern(String text) {
        return !text.isEmpty() && text.length() <= LONGEST && text.chars().allMatch(c -> c > ' ' && c != 127);
    }

    /** Whether every text that {@code narrow} matches is matched by {@code wide} too. A false answer may be wrong. */
    static boolean includes(String wide, String narrow) {
        return matches(wide, narrow);
    }

    static boolean matches(String pattern, String text) {
        int p = 0;
        int t = 0;
        int star = -1;
        int resume = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = t;
            } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
