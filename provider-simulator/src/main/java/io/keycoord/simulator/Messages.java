package io.keycoord.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Answers as Anthropic gives them. Safe for use by many threads. */
final class Messages implements Bodies {

    @Override
    public Answer plain(String id, ChatCall call, long createdSeconds) {
        ObjectNode message = message(id, call);
        message.withArray("content").addObject().put("type", "text").put("text", text(call));
        message.put("stop_reason", stopReason(call));
        message.set("usage", usage(call, call.completionTokens()));
        return Answer.json(200, message);
    }

    /** The usage here has the whole input, and of the output what is there already. */
    @Override
    public List<String> opening(String id, ChatCall call) {
        ObjectNode start = event("message_start");
        ObjectNode message = message(id, call);
        message.set("usage", usage(call, 1));
        start.set("message", message);
        ObjectNode block = event("content_block_start").put("index", 0);
        block.putObject("content_block").put("type", "text").put("text", "");
        return List.of(text(start), text(block), text(event("ping")));
    }

    @Override
    public String delta(String id, ChatCall call, long createdSeconds, int from, int to) {
        ObjectNode delta = event("content_block_delta").put("index", 0);
        delta.putObject("delta").put("type", "text_delta").put("text", Completions.text(from, to));
        return text(delta);
    }

    /** The usage here counts all of the output again. */
    @Override
    public List<String> closing(String id, ChatCall call, long createdSeconds) {
        ObjectNode delta = event("message_delta");
        delta.putObject("delta").put("stop_reason", stopReason(call)).putNull("stop_sequence");
        delta.putObject("usage").put("output_tokens", call.completionTokens());
        return List.of(text(event("content_block_stop").put("index", 0)), text(delta));
    }

    @Override
    public String end(String id, ChatCall call, long createdSeconds) {
        return text(event("message_stop"));
    }

    @Override
    public String failure(String id, ChatCall call, Errors errors) {
        return "event: error\ndata: " + errors.streamError(id, call.model()) + "\n\n";
    }

    private static ObjectNode message(String id, ChatCall call) {
        ObjectNode message =
                event("message").put("id", id).put("role", "assistant").put("model", call.model());
        message.putArray("content");
        return message.putNull("stop_reason").putNull("stop_sequence");
    }

    private static ObjectNode usage(ChatCall call, long outputTokens) {
        return Json.MAPPER
                .createObjectNode()
                .put("input_tokens", call.promptTokens())
                .put("cache_creation_input_tokens", 0)
                .put("cache_read_input_tokens", 0)
                .put("output_tokens", outputTokens);
    }

    private static ObjectNode event(String type) {
        return Json.MAPPER.createObjectNode().put("type", type);
    }

    private static String text(ChatCall call) {
        return Completions.text(0, call.completionTokens());
    }

    private static String text(ObjectNode event) {
        return "event: " + event.get("type").textValue() + "\ndata: " + Json.text(event) + "\n\n";
    }

    private static String stopReason(ChatCall call) {
        return call.isCutOff() ? "max_tokens" : "end_turn";
    }
}
