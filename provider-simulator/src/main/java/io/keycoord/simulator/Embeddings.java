package io.keycoord.simulator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Vectors of eight numbers, which are never streamed. Safe for use by many threads. */
final class Embeddings implements Bodies {

    private static final int DIMENSIONS = 8;

    @Override
    public Answer plain(String id, ChatCall call, long createdSeconds) {
        ObjectNode body = Json.MAPPER.createObjectNode().put("object", "list");
        ArrayNode data = body.putArray("data");
        for (int i = 0; i < call.texts(); i++) {
            ObjectNode vector = data.addObject().put("object", "embedding").put("index", i);
            ArrayNode numbers = vector.putArray("embedding");
            for (int d = 0; d < DIMENSIONS; d++) {
                numbers.add((i + d) % DIMENSIONS * 0.125 - 0.5);
            }
        }
        body.put("model", call.model());
        body.putObject("usage").put("prompt_tokens", call.promptTokens()).put("total_tokens", call.used());
        return Answer.json(200, body);
    }

    @Override
    public String delta(String id, ChatCall call, long createdSeconds, int from, int to) {
        throw neverStreamed();
    }

    @Override
    public String end(String id, ChatCall call, long createdSeconds) {
        throw neverStreamed();
    }

    @Override
    public String failure(String id, ChatCall call, Errors errors) {
        throw neverStreamed();
    }

    private static IllegalStateException neverStreamed() {
        return new IllegalStateException("embeddings are not streamed");
    }
}
