package io.keycoord.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** The bodies of completions, of chats and of texts: filler text of as many words as tokens were billed. Safe for use by many threads. */
final class Completions implements Bodies {

    private static final String[] WORDS = {
        "the", "key", "is", "leased", "and", "then", "given", "back", "so", "that", "every", "worker", "has", "its",
        "turn"
    };
    private static final double USD_PER_TOKEN = 0.000_001;

    private final Dialect dialect;
    private final boolean chat;

    /** {@code skin}: that of chats, or of texts. */
    Completions(Dialect dialect, Skin skin) {
        this.dialect = dialect;
        this.chat = skin == Skin.CHAT;
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
        ObjectNode body = head(id, call, chat ? "chat.completion" : "text_completion", createdSeconds);
        int each = call.maxTokens() / call.texts();
        for (int i = 0; i < call.texts(); i++) {
            int from = Math.min(i * each, call.completionTokens());
            int to = i == call.texts() - 1 ? call.completionTokens() : Math.min(from + each, call.completionTokens());
            ObjectNode choice = body.withArray("choices").addObject().put("index", i);
            put(choice, "message", text(from, to));
            choice.put("finish_reason", to - from == each ? "length" : "stop");
        }
        body.set("usage", usage(call));
        return Answer.json(200, body);
    }

    private void put(ObjectNode choice, String field, String text) {
        if (chat) {
            choice.putObject(field).put("role", "assistant").put("content", text);
        } else {
            choice.put("text", text);
        }
    }

    @Override
    public String delta(String id, ChatCall call, long createdSeconds, int from, int to) {
        ObjectNode body = chunk(id, call, createdSeconds);
        ObjectNode choice = body.withArray("choices").addObject().put("index", 0);
        put(choice, "delta", text(from, to));
        choice.putNull("finish_reason");
        return event(Json.text(body));
    }

    @Override
    public List<String> closing(String id, ChatCall call, long createdSeconds) {
        String finish = event(finish(id, call, createdSeconds));
        return streamsUsage(call) ? List.of(finish, event(usageChunk(id, call, createdSeconds))) : List.of(finish);
    }

    @Override
    public String end(String id, ChatCall call, long createdSeconds) {
        return event("[DONE]");
    }

    @Override
    public String failure(String id, ChatCall call, Errors errors) {
        return event(errors.streamError(id, call.model()));
    }

    private static String event(String data) {
        return "data: " + data + "\n\n";
    }

    private String finish(String id, ChatCall call, long createdSeconds) {
        ObjectNode body = chunk(id, call, createdSeconds);
        ObjectNode choice = body.withArray("choices").addObject().put("index", 0);
        if (chat) {
            choice.putObject("delta");
        } else {
            choice.put("text", "");
        }
        choice.put("finish_reason", call.isCutOff() ? "length" : "stop");
        return Json.text(body);
    }

    private String usageChunk(String id, ChatCall call, long createdSeconds) {
        ObjectNode body = chunk(id, call, createdSeconds);
        body.set("usage", usage(call));
        return Json.text(body);
    }

    /** OpenRouter always streams the usage; others only when asked to. */
    private boolean streamsUsage(ChatCall call) {
        return dialect == Dialect.OPENROUTER || call.includeUsage();
    }

    private ObjectNode chunk(String id, ChatCall call, long createdSeconds) {
        ObjectNode body = head(id, call, chat ? "chat.completion.chunk" : "text_completion", createdSeconds);
        if (dialect != Dialect.OPENROUTER && call.includeUsage()) {
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
}
