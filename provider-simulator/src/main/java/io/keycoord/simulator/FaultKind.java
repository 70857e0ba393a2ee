package io.keycoord.simulator;

/**
 * Ways to go wrong. The first group refuses a call before it is admitted, so it costs what a refused call costs; the
 * second breaks the answer of a call that was admitted and charged.
 */
public enum FaultKind {
    /** 401, the key itself is not accepted; also on {@code GET /key} and {@code GET /models}. */
    INVALID_KEY("invalid-key", "401", true),
    /** 403, for good; only Gemini. */
    LEAKED_KEY("leaked-key", "leaked-key", true),
    /** 403 without a reason; only Gemini. */
    NOT_PERMITTED("not-permitted", "not-permitted", true),
    /** 400, a region that is not served; only Gemini. */
    PRECONDITION("precondition", "precondition", true),
    /** The account has no money left: 402, at OpenAI 429 {@code insufficient_quota}. */
    INSUFFICIENT_CREDITS("insufficient-credits", "402", true),
    /** Too much money in flight: 402 with a hint, at OpenAI 429 {@code slow_down}, at Gemini 429. */
    IN_FLIGHT_BUDGET("in-flight-budget", "402-in-flight", true),
    /** The key's own money cap: 403, at OpenAI 429 {@code project_spend_limit_exceeded}, at Anthropic 429; at Gemini the quota of the day. */
    KEY_LIMIT("key-limit", "403", true),
    /** 429 of the account, with the hint if one is given. */
    RATE_LIMIT("rate-limit", "429", true),
    /** 500. */
    SERVER_ERROR("server-error", "500", true),
    /** 503, at Anthropic 529, with the hint if one is given. */
    OVERLOADED("overloaded", "503", true),
    /** Another provider's 401, passed on; only OpenRouter. */
    RELAYED_401("relayed-401", "relayed-401", true),
    /** Another provider's 429, passed on; only OpenRouter. */
    RELAYED_429("relayed-429", "relayed-429", true),
    /** Another provider's 502, passed on; only OpenRouter. */
    RELAYED_502("relayed-502", "relayed-502", true),
    /** No byte of an answer until the caller gives up. */
    SILENCE("silence", "silence", false),
    /** The connection is reset before the first byte. */
    RESET("reset", "reset", false),
    /** The body ends after so many chunks, without its end mark; a plain body ends in the middle. */
    CUT_STREAM("cut-stream", "cut-stream", false),
    /** As a cut stream, but the connection is reset. */
    RESET_STREAM("reset-stream", "reset-stream", false),
    /** After so many chunks one that is no JSON; a plain body is no JSON. */
    MALFORMED_CHUNK("malformed-chunk", "malformed-chunk", false),
    /** After so many chunks an error event with status 200; a plain body carries the error inside. */
    STREAM_ERROR("stream-error", "stream-error", false);

    private final String word;
    private final String shortWord;
    private final boolean refuses;

    FaultKind(String word, String shortWord, boolean refuses) {
        this.word = word;
        this.shortWord = shortWord;
        this.refuses = refuses;
    }

    /** The name used in JSON. */
    public String word() {
        return word;
    }

    /** The status, where it says enough; else the name again. Accepted in JSON too. */
    public String shortWord() {
        return shortWord;
    }

    /** Whether the call is refused, so that it is neither admitted nor charged. */
    public boolean refuses() {
        return refuses;
    }

    /** Whether a provider of this dialect can answer so. */
    public boolean isOf(Dialect dialect) {
        return switch (this) {
            case RELAYED_401, RELAYED_429, RELAYED_502 -> dialect == Dialect.OPENROUTER;
            case LEAKED_KEY, NOT_PERMITTED, PRECONDITION -> dialect == Dialect.GEMINI;
            default -> true;
        };
    }
}
