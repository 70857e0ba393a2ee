package io.keycoord.sdk;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads {@link CallFacts} from a request's path and JSON body, in one pass. What it does not understand it leaves out;
 * a body that is not JSON counts by its length. Safe for use by many threads.
 */
public final class CallFactsReader {
    private static final Logger LOG = LoggerFactory.getLogger(CallFactsReader.class);

    /** A prompt may hold whole files, each as one string; the body is in memory already, so no bound is needed here. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    /** Of Azure, Gemini and Bedrock; of the last the names have colons. */
    private static final Pattern MODEL_IN_PATH =
            Pattern.compile("/(?:deployments|models)/([^/:]+)[/:]|/model/([^/]+)/");

    private static final String MODELS = "models/";

    private static final Pattern NO_OUTPUT =
            Pattern.compile("/(?:embeddings|rerank|moderations|count_tokens|responses/input_tokens)$"
                    + "|:(?:embedContent|batchEmbedContents|countTokens)$");

    private final long defaultOutputTokens;
    private final Optional<TokenCounter> counter;
    private final AtomicBoolean complained = new AtomicBoolean();

    /**
     * Creates a reader that estimates prompts by their characters.
     *
     * @param defaultOutputTokens reserved for a generation that names no maximum, zero or more
     */
    public CallFactsReader(long defaultOutputTokens) {
        this(defaultOutputTokens, Optional.empty());
    }

    /** The same with a counter of tokens, if there is one. */
    public CallFactsReader(long defaultOutputTokens, Optional<TokenCounter> counter) {
        this.defaultOutputTokens = defaultOutputTokens;
        this.counter = counter;
    }

    /**
     * The facts of a call with a JSON body.
     *
     * @param path of its address, encoded, without a query
     */
    public CallFacts read(String path, byte[] body) {
        boolean generates = !NO_OUTPUT.matcher(path).find();
        TokenEstimate input = new TokenEstimate(counter);
        RequestFields fields = new RequestFields(input, generates);
        try (JsonParser parser = JSON.createParser(body)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                fields.read(parser);
            }
        } catch (IOException | RuntimeException e) {
            input.characters(body.length);
        }
        Optional<String> model = modelIn(path).or(() -> fields.model().map(CallFactsReader::withoutFolder));
        return new CallFacts(model, tokens(input, model), generates ? fields.outputTokens(defaultOutputTokens) : 0);
    }

    private long tokens(TokenEstimate input, Optional<String> model) {
        try {
            return input.total(model);
        } catch (RuntimeException e) {
            if (complained.compareAndSet(false, true)) {
                LOG.warn(
                        "the token counter failed, so prompts are estimated; told once: {}",
                        e.getClass().getName());
            }
            input.uncounted();
            return input.total(model);
        }
    }

    private static Optional<String> modelIn(String path) {
        Matcher matcher = MODEL_IN_PATH.matcher(path);
        if (!matcher.find()) {
            return Optional.empty();
        }
        String encoded = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        try {
            return Optional.of(URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.of(encoded);
        }
    }

    /** Gemini takes its names with and without their folder. */
    private static String withoutFolder(String model) {
        return model.startsWith(MODELS) ? model.substring(MODELS.length()) : model;
    }
}
