package io.keycoord.sdk;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads {@link CallFacts} from a request's path and JSON body, in one pass. What it does not understand it leaves out;
 * a body that is not JSON counts by its length. Immutable, safe for use by many threads.
 */
public final class CallFactsReader {
    /** A prompt may hold whole files, each as one string; the body is in memory already, so no bound is needed here. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private static final Pattern MODEL_IN_PATH = Pattern.compile("/(?:deployments|models)/([^/:]+)[/:]");
    private static final Pattern NO_OUTPUT = Pattern.compile("/(?:embeddings|rerank|moderations|count_tokens)$");

    private final long defaultOutputTokens;

    /**
     * Creates a reader.
     *
     * @param defaultOutputTokens reserved for a generation that names no maximum, zero or more
     */
    public CallFactsReader(long defaultOutputTokens) {
        this.defaultOutputTokens = defaultOutputTokens;
    }

    /** The facts of a call with a JSON body. */
    public CallFacts read(String path, byte[] body) {
        RequestFields fields = new RequestFields();
        try (JsonParser parser = JSON.createParser(body)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                fields.read(parser);
            }
        } catch (IOException | RuntimeException e) {
            fields.unreadable(body.length);
        }
        long output = NO_OUTPUT.matcher(path).find() ? 0 : fields.outputTokens(defaultOutputTokens);
        return new CallFacts(fields.model().or(() -> modelIn(path)), fields.inputTokens(), output);
    }

    private static Optional<String> modelIn(String path) {
        Matcher matcher = MODEL_IN_PATH.matcher(path);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}
