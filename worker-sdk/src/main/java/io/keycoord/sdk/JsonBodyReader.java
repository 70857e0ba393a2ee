package io.keycoord.sdk;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import io.keycoord.Usage;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON body as it passes, without holding it: at most one string of a megabyte. It looks for the usage object at
 * the top of the body; {@code choices[0]} with an error makes the answer a failed one.
 */
final class JsonBodyReader implements UsageReader {
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(1 << 20)
                    .maxNestingDepth(200)
                    .build())
            .build();

    private final UsageFields counts = new UsageFields();
    private final JsonParser parser;
    private final ByteArrayFeeder feeder;
    private int depth;
    private @Nullable String topField;
    private boolean complete;
    private boolean unreadable;
    private boolean failed;

    JsonBodyReader() {
        try {
            parser = JSON.createNonBlockingByteArrayParser();
        } catch (IOException e) {
            throw new IllegalStateException("a parser without input failed", e);
        }
        feeder = (ByteArrayFeeder) parser.getNonBlockingInputFeeder();
    }

    @Override
    public void read(byte[] bytes, int offset, int count) {
        if (unreadable || complete) {
            return;
        }
        try {
            feeder.feedInput(bytes, offset, offset + count);
            for (JsonToken t = parser.nextToken(); t != null && t != JsonToken.NOT_AVAILABLE; t = parser.nextToken()) {
                see(t);
            }
        } catch (IOException | RuntimeException e) {
            unreadable = true;
        }
    }

    private void see(JsonToken token) throws IOException {
        if (token.isStructStart()) {
            enter(token, parser.getParsingContext().getParent().getCurrentName());
        } else if (token.isStructEnd()) {
            depth--;
            complete = depth == 0;
        } else if (depth == 2 && isUsage(topField) && token.isNumeric()) {
            counts.takeNumber(parser.currentName(), parser.getDoubleValue());
        } else if (depth == 3 && "choices".equals(topField) && token == JsonToken.VALUE_STRING) {
            failed |= "finish_reason".equals(parser.currentName()) && "error".equals(parser.getText());
        }
    }

    private void enter(JsonToken token, @Nullable String name) {
        depth++;
        if (depth == 2) {
            topField = name;
        }
        boolean place = depth == 2 || (depth == 4 && "choices".equals(topField));
        failed |= place && token == JsonToken.START_OBJECT && "error".equals(name);
    }

    private static boolean isUsage(@Nullable String field) {
        return "usage".equals(field) || "usageMetadata".equals(field);
    }

    /** Whether it has given up, so that nothing is held any more. */
    boolean isUnreadable() {
        return unreadable;
    }

    @Override
    public boolean isComplete() {
        return complete;
    }

    @Override
    public boolean saysWhenComplete() {
        return false;
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
        return Optional.empty();
    }
}
