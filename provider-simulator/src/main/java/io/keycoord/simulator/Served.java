package io.keycoord.simulator;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a call is served with, as far as its address tells.
 *
 * @param model the one in the path; empty if the body has to name it
 * @param stream whether the path asks for a stream; else the body may
 * @param list whether that stream is one list of JSON instead of events
 */
record Served(Skin skin, String model, boolean stream, boolean list) {

    private static final Pattern FOLDER = Pattern.compile("/(?:api/v1|v1|v1beta)/(.+)");
    private static final Pattern MODEL = Pattern.compile("models/([^:]+):(generateContent|streamGenerateContent)");
    private static final Map<String, Skin> OF_OPENAI = Map.of(
            "chat/completions", Skin.CHAT,
            "completions", Skin.TEXT,
            "embeddings", Skin.EMBEDDINGS,
            "responses", Skin.RESPONSES);
    private static final Map<String, Skin> OF_GEMINI =
            Map.of("openai/chat/completions", Skin.CHAT, "openai/embeddings", Skin.EMBEDDINGS);

    /** What stands at the address; empty if nothing does. */
    static Optional<Served> at(Dialect dialect, HttpRequest request) {
        Matcher folder = FOLDER.matcher(request.path());
        if (!folder.matches()) {
            return Optional.empty();
        }
        String path = folder.group(1);
        return switch (dialect) {
            case OPENROUTER, OPENAI -> named(OF_OPENAI, path);
            case ANTHROPIC -> named(Map.of("messages", Skin.MESSAGES), path);
            case GEMINI -> named(OF_GEMINI, path).or(() -> contents(path, request));
        };
    }

    private static Optional<Served> named(Map<String, Skin> skins, String path) {
        return Optional.ofNullable(skins.get(path)).map(skin -> new Served(skin, "", false, false));
    }

    private static Optional<Served> contents(String path, HttpRequest request) {
        Matcher model = MODEL.matcher(path);
        if (!model.matches()) {
            return Optional.empty();
        }
        String name = URLDecoder.decode(model.group(1).replace("+", "%2B"), StandardCharsets.UTF_8);
        boolean stream = model.group(2).equals("streamGenerateContent");
        boolean events = request.parameter("alt").filter("sse"::equals).isPresent();
        return Optional.of(new Served(Skin.CONTENTS, name, stream, stream && !events));
    }
}
