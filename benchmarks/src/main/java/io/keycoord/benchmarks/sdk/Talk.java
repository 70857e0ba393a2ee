package io.keycoord.benchmarks.sdk;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What is asked and answered: a chat of about a kilobyte, as OpenAI takes and gives it. */
final class Talk {
    /** Where everybody asks. */
    static final String PATH = "/v1/chat/completions";

    /** What is asked, with four messages. */
    static final String QUESTION = """
            {"model":"gpt-4o-mini","temperature":0.2,"max_tokens":200,"messages":[\
            {"role":"system","content":"%1$s"},{"role":"user","content":"%1$s"},\
            {"role":"assistant","content":"%1$s"},{"role":"user","content":"%1$s"}]}""".formatted(
                    "You are a helpful assistant who answers in a few words, and says so when it is not sure of"
                            + " something. Tell what the question asks for, and nothing that it does not ask for, please.");

    /** The same, to be answered event by event. */
    static final String QUESTION_FOR_EVENTS = "{\"stream\":true," + QUESTION.substring(1);

    /** Headers of an answer, but for those that tell of its body, each with its end of line. */
    static final String HEADERS = """
            date: Sun, 22 Nov 2026 15:04:30 GMT
            openai-organization: example
            openai-processing-ms: 412
            openai-version: 2020-10-01
            x-ratelimit-limit-requests: 10000
            x-ratelimit-limit-tokens: 2000000
            x-ratelimit-remaining-requests: 9999
            x-ratelimit-remaining-tokens: 1999700
            x-ratelimit-reset-requests: 6ms
            x-ratelimit-reset-tokens: 9ms
            x-request-id: req_0123456789abcdef0123456789abcdef
            """.replace("\n", "\r\n");

    /** What is answered at once. */
    static final byte[] ANSWER = """
            {"id":"chatcmpl-0123456789","object":"chat.completion","created":1795359870,"model":"gpt-4o-mini",\
            "choices":[{"index":0,"message":{"role":"assistant","content":"%s","refusal":null,"annotations":[]},\
            "logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":180,"completion_tokens":120,\
            "total_tokens":300,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},\
            "completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}},\
            "service_tier":"default","system_fingerprint":"fp_0123456789"}""".formatted("These are the words of an answer of some length. ".repeat(12))
            .getBytes(StandardCharsets.UTF_8);

    /** How many events an answer has. */
    static final int EVENTS = 500;

    private Talk() {}

    /** One of {@link #EVENTS}: words, and at the end the counts and the mark of the end. */
    static byte[] event(int number) {
        boolean last = number == EVENTS - 1;
        String words = """
                data: {"id":"chatcmpl-0123456789","object":"chat.completion.chunk","created":1795359870,\
                "model":"gpt-4o-mini","service_tier":"default","system_fingerprint":"fp_0123456789",\
                "choices":[{"index":0,"delta":{"content":" word%d"},"logprobs":null,"finish_reason":null}],\
                "usage":null,"obfuscation":"abcdefgh"}

                """;
        String end = """
                data: {"id":"chatcmpl-0123456789","object":"chat.completion.chunk","created":1795359870,\
                "model":"gpt-4o-mini","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],\
                "usage":{"prompt_tokens":180,"completion_tokens":500,"total_tokens":680}}

                data: [DONE]

                """;
        return String.format(Locale.ROOT, last ? end : words, number).getBytes(StandardCharsets.UTF_8);
    }
}
