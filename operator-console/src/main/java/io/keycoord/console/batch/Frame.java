package io.keycoord.console.batch;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.keycoord.Priority;
import io.keycoord.redis.Scripting;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the parent and a worker JVM say to each other: one JSON object a line, over the worker's standard input and
 * output. No frame carries a secret; the worker finds secrets itself.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Frame.Start.class, name = "start"),
    @JsonSubTypes.Type(value = Frame.Ask.class, name = "ask"),
    @JsonSubTypes.Type(value = Frame.Ready.class, name = "ready"),
    @JsonSubTypes.Type(value = Frame.Fatal.class, name = "fatal"),
    @JsonSubTypes.Type(value = Frame.Answer.class, name = "answer")
})
sealed interface Frame {

    /**
     * The first thing a worker reads.
     *
     * @param config the configuration file
     * @param pool the pool to lease from
     * @param tenant who pays, or empty
     * @param priority how important the calls are
     * @param redis the address of Redis; said here because it may hold a password
     * @param scripting how the scripts are called
     */
    record Start(String config, String pool, String tenant, Priority priority, String redis, Scripting scripting)
            implements Frame {}

    /**
     * A call to make.
     *
     * @param line the index of the line of work; comes back with the answer
     * @param body the chat completion request
     * @param deadlineMs how long the call may take, waiting for a key included
     */
    record Ask(int line, String body, long deadlineMs) implements Frame {}

    /** The worker takes calls now. */
    record Ready(long pid) implements Frame {}

    /** The worker cannot work at all and ends. */
    record Fatal(String message) implements Frame {}

    /**
     * How a call went.
     *
     * @param line the index of the line of work
     * @param verdict what is to become of the line
     * @param status the HTTP status; 0 if there was no response
     * @param requestId the provider's id of the call, or null
     * @param body the response's body for {@link Verdict#ANSWERED}, else empty
     * @param code a machine word for a call that failed, else empty
     * @param message what happened to a call that failed, else empty
     * @param retryAfterMs the earliest useful retry of a call that failed; 0 if unknown
     * @param inputTokens as the provider told; 0 if it did not
     * @param outputTokens as the provider told; 0 if it did not
     * @param keys the ids of the keys that were used, one for each attempt
     * @param outcomes how many attempts ended in which way
     */
    record Answer(
            int line,
            Verdict verdict,
            int status,
            @Nullable String requestId,
            String body,
            String code,
            String message,
            long retryAfterMs,
            long inputTokens,
            long outputTokens,
            List<String> keys,
            Map<String, Integer> outcomes)
            implements Frame {

        public Answer {
            Objects.requireNonNull(verdict, "verdict");
            keys = List.copyOf(keys);
            outcomes = Map.copyOf(outcomes);
        }
    }

    /** What is to become of a line after a call. */
    enum Verdict {
        /** The response is final: the provider's answer, or its refusal of what the caller sent. */
        ANSWERED,
        /** The call may be made again. */
        RETRY,
        /** As {@link #RETRY}, and there are more calls at the same time than keys or provider can take. */
        OVERLOADED,
        /** The call cannot succeed as things are configured. */
        HOPELESS
    }

    /** The frame as one line of JSON, without line feed. */
    static String write(Frame frame) {
        try {
            return Json.MAPPER.writeValueAsString(frame);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a frame is made of strings and numbers", e);
        }
    }

    /**
     * Reads a line of JSON.
     *
     * @throws IllegalArgumentException if it is no frame
     */
    static Frame read(String line) {
        try {
            return Json.MAPPER.readValue(line, Frame.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "a frame of " + line.length() + " characters is not understood, expected a JSON object", e);
        }
    }

    /** Frames hold whole bodies, which may be long. */
    final class Json {
        private static final JsonMapper MAPPER = JsonMapper.builder().build();

        static {
            MAPPER.getFactory()
                    .setStreamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build());
        }

        private Json() {}
    }
}
