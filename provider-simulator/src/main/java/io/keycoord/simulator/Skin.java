package io.keycoord.simulator;

/** What the body of a call and its answer look like. */
enum Skin {
    /** Chat completions. */
    CHAT,
    /** Completions of a text. */
    TEXT,
    /** Vectors for texts. */
    EMBEDDINGS,
    /** OpenAI's Responses. */
    RESPONSES,
    /** Anthropic's Messages. */
    MESSAGES,
    /** Gemini's contents. */
    CONTENTS
}
