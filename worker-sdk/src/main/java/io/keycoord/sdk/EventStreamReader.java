package io.keycoord.sdk;

import com.fasterxml.jackson.databind.JsonNode;
import io.keycoord.Usage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads server-sent events as they pass: counts, the mark of the end, and an error in the middle. Holds one line of at
 * most 64 KiB; a longer one is skipped. Comments, which providers send to keep a connection alive, are dropped.
 */
final class EventStreamReader implements UsageReader {
    private static final int LONGEST_LINE = 64 << 10;
    private static final String DATA = "data:";

    private final UsageFields counts = new UsageFields();
    private byte[] line = new byte[1024];
    private int length;
    private boolean tooLong;
    private boolean complete;
    private boolean failed;
    private Optional<ErrorAnswer> error = Optional.empty();

    @Override
    public void read(byte[] bytes, int offset, int count) {
        for (int i = offset; i < offset + count; i++) {
            if (bytes[i] == '\n' || bytes[i] == '\r') {
                endLine();
            } else if (!tooLong) {
                append(bytes[i]);
            }
        }
    }

    private void append(byte b) {
        if (length == LONGEST_LINE) {
            tooLong = true;
            return;
        }
        if (length == line.length) {
            line = Arrays.copyOf(line, Math.min(LONGEST_LINE, 2 * length));
        }
        line[length++] = b;
    }

    private void endLine() {
        if (!tooLong && length > DATA.length() && startsWithData()) {
            String data = new String(line, DATA.length(), length - DATA.length(), StandardCharsets.UTF_8);
            see(data.strip());
        }
        length = 0;
        tooLong = false;
    }

    private boolean startsWithData() {
        for (int i = 0; i < DATA.length(); i++) {
            if (line[i] != DATA.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private void see(String data) {
        if (data.equals("[DONE]")) {
            complete = true;
            return;
        }
        JsonNode event = ErrorAnswer.parse(data.getBytes(StandardCharsets.UTF_8));
        counts.take(event.path("message").path("usage"));
        counts.take(event.path("response").path("usage"));
        counts.take(event.path("usageMetadata"));
        counts.take(event.path("usage"));
        complete |= isLast(event);
        noteError(event);
    }

    private static boolean isLast(JsonNode event) {
        String reason = event.path("choices").path(0).path("finish_reason").asText("");
        return switch (event.path("type").asText("")) {
            case "message_stop", "response.completed", "response.incomplete" -> true;
            default ->
                (!reason.isEmpty() && !reason.equals("error") && !reason.equals("null"))
                        || event.path("candidates").path(0).hasNonNull("finishReason");
        };
    }

    private void noteError(JsonNode event) {
        JsonNode choice = event.path("choices").path(0);
        JsonNode found = firstObject(event.path("error"), event.path("response").path("error"), choice.path("error"));
        String type = event.path("type").asText("");
        if (found.isObject()
                || type.equals("error")
                || type.equals("response.failed")
                || choice.path("finish_reason").asText("").equals("error")) {
            failed = true;
            error = error.or(() -> ErrorAnswer.embedded(found));
        }
    }

    private static JsonNode firstObject(JsonNode... places) {
        return Arrays.stream(places).filter(JsonNode::isObject).findFirst().orElse(places[0]);
    }

    /** How many bytes of memory the line takes that is being read. */
    int held() {
        return line.length;
    }

    @Override
    public boolean isComplete() {
        return complete;
    }

    @Override
    public boolean saysWhenComplete() {
        return true;
    }

    @Override
    public Optional<Usage> usage() {
        return counts.usage();
    }

    @Override
    public boolean hasFailed() {
        return failed;
    }

    @Override
    public Optional<ErrorAnswer> error() {
        return error;
    }
}
