package io.keycoord.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Answers as OpenAI's Responses give them. Safe for use by many threads. */
final class Responses implements Bodies {

    @Override
    public Answer plain(String id, ChatCall call, long createdSeconds) {
        return Answer.json(200, finished(id, call, createdSeconds));
    }

    @Override
    public List<String> opening(String id, ChatCall call) {
        ObjectNode created = event("response.created");
        created.set("response", response(id, call, 0, "in_progress").putNull("usage"));
        return List.of(text(created));
    }

    @Override
    public String delta(String id, ChatCall call, long createdSeconds, int from, int to) {
        return text(event("response.output_text.delta")
                .put("item_id", "msg-" + id)
                .put("output_index", 0)
                .put("content_index", 0)
                .put("delta", Completions.text(from, to)));
    }

    @Override
    public List<String> closing(String id, ChatCall call, long createdSeconds) {
        return List.of(text(event("response.output_text.done")
                .put("item_id", "msg-" + id)
                .put("text", Completions.text(0, call.completionTokens()))));
    }

    /** It repeats the whole answer. */
    @Override
    public String end(String id, ChatCall call, long createdSeconds) {
        ObjectNode end = event(call.isCutOff() ? "response.incomplete" : "response.completed");
        end.set("response", finished(id, call, createdSeconds));
        return text(end);
    }

    @Override
    public String failure(String id, ChatCall call, Errors errors) {
        ObjectNode end = event("response.failed");
        end.set("response", failedResponse(id, call));
        return text(end);
    }

    @Override
    public Answer failed(String id, ChatCall call, Errors errors) {
        return Answer.json(200, failedResponse(id, call));
    }

    private static ObjectNode failedResponse(String id, ChatCall call) {
        ObjectNode response = response(id, call, 0, "failed");
        response.putObject("error").put("code", "server_error").put("message", "The server had an error");
        return response.putNull("usage");
    }

    private static ObjectNode finished(String id, ChatCall call, long createdSeconds) {
        ObjectNode response = response(id, call, createdSeconds, call.isCutOff() ? "incomplete" : "completed");
        if (call.isCutOff()) {
            response.putObject("incomplete_details").put("reason", "max_output_tokens");
        }
        ObjectNode message = response.withArray("output").addObject().put("type", "message");
        message.put("id", "msg-" + id).put("role", "assistant");
        message.putArray("content")
                .addObject()
                .put("type", "output_text")
                .put("text", Completions.text(0, call.completionTokens()));
        ObjectNode usage = response.putObject("usage").put("input_tokens", call.promptTokens());
        usage.put("output_tokens", call.completionTokens()).put("total_tokens", call.used());
        usage.putObject("input_tokens_details").put("cached_tokens", 0);
        return response;
    }

    private static ObjectNode response(String id, ChatCall call, long createdSeconds, String status) {
        ObjectNode response =
                Json.MAPPER.createObjectNode().put("id", "resp-" + id).put("object", "response");
        response.put("created_at", createdSeconds).put("status", status).put("model", call.model());
        response.putNull("error");
        response.putArray("output");
        return response;
    }

    private static ObjectNode event(String type) {
        return Json.MAPPER.createObjectNode().put("type", type);
    }

    private static String text(ObjectNode event) {
        return "event: " + event.get("type").textValue() + "\ndata: " + Json.text(event) + "\n\n";
    }
}
