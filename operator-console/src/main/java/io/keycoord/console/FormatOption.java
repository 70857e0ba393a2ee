package io.keycoord.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import picocli.CommandLine.Option;

/** The choice between a table and JSON. */
public final class FormatOption {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Option(
            names = "--format",
            defaultValue = "table",
            paramLabel = "table|json",
            description = "how to show it: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private OutputFormat format = OutputFormat.TABLE;

    public boolean isJson() {
        return format == OutputFormat.JSON;
    }

    /** JSON text as {@code --format json} prints it. */
    static String pretty(JsonNode json) {
        return json.toPrettyString();
    }

    static ObjectMapper json() {
        return JSON;
    }
}
