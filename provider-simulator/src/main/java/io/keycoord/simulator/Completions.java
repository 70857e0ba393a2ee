package io.keycoord.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** The bodies of completions: filler text of as many words as tokens were billed. Safe for use by many threads. */
final class Completions implements Bodies {

    private static final String[] WORDS = {
        "the", "key", "is", "leased", "and", "then", "given", "back", "so", "that", "every", "worker", "has", "its",
        "turn"
    };
    private static final double USD_PER_TOKEN = 0.000_001;

    private final Dialect dialect;

    Completions(Dialect dialect) {
        this.dialect = dialect;
    }

    /** The words from the {@code from}th to before the {@code to}th, each led by a space but the first. */
    static String text(int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append(i == 0 ? "" : " ").append(WORDS[i % WORDS.length]);
        }
        return text.toString();
    }

    @Override
    public Answer plain(String id, ChatCall call, long createdSeconds) {
        ObjectNode body = head(id, call, "chat.completion", createdSeconds);
        ObjectNode choice = body.withArray("choices").addObject().put("index", 0);
        choice.putObject("message").put("role", "assistant").put("content", text(0, call.completionTokens()));
        choice.put("finish_reason", finish(call));
        body.set("usage", usage(call));
        return Answer.json(200, body);
    }

    @Override
    public List<String> opening(String id, ChatCall call) {
        return List.of();
    }

    @Override
    public String delta(String id, ChatCall call, long createdSeconds, String text) {
        ObjectNode body = chunk(id, call, createdSeconds);
        ObjectNode choice = body.withArray("choices").addObject().put("index", 0);
        choice.putObject("delta").put("role", "assistant").put("content", text);
        choice.putNull("finish_reason");
        return event(Json.text(body));
    }

    @Override
    public List<String> closing(String id, ChatCall call, long createdSeconds) {
        String finish = event(finish(id, call, createdSeconds));
        return streamsUsage(call) ? List.of(finish, event(usageChunk(id, call, createdSeconds))) : List.of(finish);
    }

    @Override
    public String end() {
        return event("[DONE]");
    }

    @Override
    public String error(String json) {
        return event(json);
    }

    private static String event(String data) {
        return "data: " + data + "\n\n";
    }

    private String finish(String id, ChatCall call, long createdSeconds) {
        ObjectNode body = chunk(id, call, createdSeconds);
        ObjectNode choice = body.withArray("choices").addObject().put("index", 0);
        choice.putObject("delta");
        choice.put("finish_reason", finish(call));
        return Json.text(body);
    }

    private String usageChunk(String id, ChatCall call, long createdSeconds) {
        ObjectNode body = chunk(id, call, createdSeconds);
        body.set("usage", usage(call));
        return Json.text(body);
    }

    /** OpenRouter always streams the usage; OpenAI only when asked to. */
    private boolean streamsUsage(ChatCall call) {
        return dialect == Dialect.OPENROUTER || call.includeUsage();
    }

    private ObjectNode chunk(String id, ChatCall call, long createdSeconds) {
        ObjectNode body = head(id, call, "chat.completion.chunk", createdSeconds);
        if (dialect == Dialect.OPENAI && call.includeUsage()) {
            body.putNull("usage");
        }
        return body;
    }

    private ObjectNode head(String id, ChatCall call, String object, long createdSeconds) {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.put("id", id).put("object", object).put("created", createdSeconds).put("model", call.model());
        if (dialect == Dialect.OPENROUTER) {
            body.put("provider", "SimProvider");
        }
        body.putArray("choices");
        return body;
    }

    private ObjectNode usage(ChatCall call) {
        ObjectNode usage = Json.MAPPER.createObjectNode();
        usage.put("prompt_tokens", call.promptTokens())
                .put("completion_tokens", call.completionTokens())
                .put("total_tokens", call.used());
        if (dialect == Dialect.OPENROUTER) {
            usage.put("cost", call.used() * USD_PER_TOKEN).put("is_byok", false);
        }
        return usage;
    }

    private static String finish(ChatCall call) {
        return call.completionTokens() == call.maxTokens() ? "length" : "stop";
    }
}
