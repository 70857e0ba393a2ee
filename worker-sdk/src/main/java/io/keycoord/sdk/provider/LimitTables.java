package io.keycoord.sdk.provider;

import static io.keycoord.Dimension.INPUT_TOKENS;
import static io.keycoord.Dimension.OUTPUT_TOKENS;
import static io.keycoord.Dimension.REQUESTS;
import static io.keycoord.Dimension.TOKENS;
import static io.keycoord.sdk.LimitWindow.DAY;
import static io.keycoord.sdk.LimitWindow.HOUR;
import static io.keycoord.sdk.LimitWindow.MINUTE;
import static io.keycoord.sdk.LimitWindow.MINUTE_BY_REFILL;
import static io.keycoord.sdk.LimitWindow.MINUTE_OR_DAY_BY_REFILL;
import static io.keycoord.sdk.LimitWindow.OF_FREE_MODELS;
import static io.keycoord.sdk.LimitWindow.SECOND;

import io.keycoord.sdk.LimitHeader;
import java.util.List;

/** Which headers of which provider tell what is left of which limit. */
final class LimitTables {
    private static final String PLAIN_REQUESTS = "x-ratelimit-{}-requests";
    private static final String PLAIN_TOKENS = "x-ratelimit-{}-tokens";

    static final List<LimitHeader> NONE = List.of();

    /** Requests are limited by the minute for some models and by the day for others. */
    static final List<LimitHeader> OPENAI = List.of(
            new LimitHeader(PLAIN_REQUESTS, REQUESTS, MINUTE_OR_DAY_BY_REFILL),
            new LimitHeader(PLAIN_TOKENS, TOKENS, MINUTE));

    /** Requests may be counted in slices of a minute, and then say nothing of the minute. */
    static final List<LimitHeader> AZURE = List.of(
            new LimitHeader(PLAIN_REQUESTS, REQUESTS, MINUTE_BY_REFILL), new LimitHeader(PLAIN_TOKENS, TOKENS, MINUTE));

    static final List<LimitHeader> GROQ =
            List.of(new LimitHeader(PLAIN_REQUESTS, REQUESTS, DAY), new LimitHeader(PLAIN_TOKENS, TOKENS, MINUTE));

    /** Not {@code anthropic-ratelimit-tokens-*}, which repeats one of the others without saying which. */
    static final List<LimitHeader> ANTHROPIC = List.of(
            new LimitHeader("anthropic-ratelimit-requests-{}", REQUESTS, MINUTE),
            new LimitHeader("anthropic-ratelimit-input-tokens-{}", INPUT_TOKENS, MINUTE),
            new LimitHeader("anthropic-ratelimit-output-tokens-{}", OUTPUT_TOKENS, MINUTE));

    static final List<LimitHeader> MISTRAL = List.of(
            new LimitHeader("x-ratelimit-{}-req-minute", REQUESTS, MINUTE),
            new LimitHeader("x-ratelimit-{}-tokens-minute", TOKENS, MINUTE));

    /** Judged by the second. */
    static final List<LimitHeader> TOGETHER = List.of(
            new LimitHeader("x-ratelimit-{}", REQUESTS, SECOND), new LimitHeader("x-tokenlimit-{}", TOKENS, SECOND));

    /** Only refusals of free models have them. */
    static final List<LimitHeader> OPENROUTER = List.of(new LimitHeader("x-ratelimit-{}", REQUESTS, OF_FREE_MODELS));

    /** Names that tell their window; without one, only the minute can be told from the time of the refill. */
    static final List<LimitHeader> GENERIC = List.of(
            new LimitHeader(PLAIN_REQUESTS, REQUESTS, MINUTE_BY_REFILL),
            new LimitHeader(PLAIN_TOKENS, TOKENS, MINUTE_BY_REFILL),
            new LimitHeader("x-ratelimit-{}-requests-second", REQUESTS, SECOND),
            new LimitHeader("x-ratelimit-{}-tokens-second", TOKENS, SECOND),
            new LimitHeader("x-ratelimit-{}-requests-minute", REQUESTS, MINUTE),
            new LimitHeader("x-ratelimit-{}-tokens-minute", TOKENS, MINUTE),
            new LimitHeader("x-ratelimit-{}-requests-hour", REQUESTS, HOUR),
            new LimitHeader("x-ratelimit-{}-tokens-hour", TOKENS, HOUR),
            new LimitHeader("x-ratelimit-{}-requests-day", REQUESTS, DAY),
            new LimitHeader("x-ratelimit-{}-tokens-day", TOKENS, DAY));

    private LimitTables() {}
}
