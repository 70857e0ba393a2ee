package io.keycoord.sdk.openrouter;

/** What came of one request of many. */
public sealed interface BatchResult {

    /** The place of the request in the list, from 0. */
    int index();

    /** The model answered. */
    record Completed(int index, ChatCompletion completion) implements BatchResult {}

    /** It did not. */
    record Failed(int index, OpenRouterException error) implements BatchResult {}

    /**
     * The answer, for callers with nothing better to do than fail.
     *
     * @throws OpenRouterException if there is none
     */
    default ChatCompletion orElseThrow() {
        if (this instanceof Completed completed) {
            return completed.completion();
        }
        throw ((Failed) this).error();
    }
}
