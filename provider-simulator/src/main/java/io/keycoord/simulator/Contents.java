package io.keycoord.simulator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Answers as Gemini gives them: a stream is events, or one list of JSON that comes piece by piece. Each piece tells the
 * usage up to then. Safe for use by many threads.
 */
final class Contents implements Bodies {

    @Override
    public Answer plain(String id, ChatCall call, long createdSeconds) {
        return Answer.json(200, last(id, call, 0));
    }

    @Override
    public String streamType(ChatCall call) {
        return call.list() ? "application/json" : Bodies.super.streamType(call);
    }

    /** So that whatever follows in a list stands behind a comma. */
    @Override
    public List<String> opening(String id, ChatCall call) {
        return call.list() ? List.of("[" + Json.text(usage(Json.MAPPER.createObjectNode(), call, 0))) : List.of();
    }

    @Override
    public String delta(String id, ChatCall call, long createdSeconds, int from, int to) {
        return piece(call, Json.text(content(id, call, from, to)));
    }

    /** There is no mark of the end: the last piece has a reason, and no text. */
    @Override
    public String end(String id, ChatCall call, long createdSeconds) {
        return piece(call, Json.text(last(id, call, call.completionTokens()))) + (call.list() ? "]" : "");
    }

    @Override
    public String failure(String id, ChatCall call, Errors errors) {
        return piece(call, errors.streamError(id, call.model())) + (call.list() ? "]" : "");
    }

    private static String piece(ChatCall call, String json) {
        return call.list() ? ",\r\n" + json : "data: " + json + "\r\n\r\n";
    }

    private static ObjectNode last(String id, ChatCall call, int from) {
        ObjectNode body = content(id, call, from, call.completionTokens());
        ((ObjectNode) body.path("candidates").path(0)).put("finishReason", call.isCutOff() ? "MAX_TOKENS" : "STOP");
        return body;
    }

    private static ObjectNode content(String id, ChatCall call, int from, int to) {
        ObjectNode body = Json.MAPPER.createObjectNode();
        ObjectNode candidate = body.putArray("candidates").addObject().put("index", 0);
        ObjectNode content = candidate.putObject("content").put("role", "model");
        content.putArray("parts").addObject().put("text", Completions.text(from, to));
        return usage(body, call, to).put("modelVersion", call.model()).put("responseId", id);
    }

    private static ObjectNode usage(ObjectNode body, ChatCall call, int outputTokens) {
        body.putObject("usageMetadata")
                .put("promptTokenCount", call.promptTokens())
                .put("candidatesTokenCount", outputTokens)
                .put("totalTokenCount", call.promptTokens() + outputTokens);
        return body;
    }

    /** The answer to {@code GET models}. */
    static Answer models(List<String> ids) {
        ObjectNode body = Json.MAPPER.createObjectNode();
        ArrayNode models = body.putArray("models");
        for (String id : ids) {
            ObjectNode model = models.addObject().put("name", "models/" + id).put("displayName", id);
            model.putArray("supportedGenerationMethods").add("generateContent");
        }
        return Answer.json(200, body);
    }
}
