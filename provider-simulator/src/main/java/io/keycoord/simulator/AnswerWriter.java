package io.keycoord.simulator;

import java.io.IOException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Writes the answer of an admitted call, whole or broken as a fault wants it. Safe for use by many threads. */
final class AnswerWriter {

    private static final int TOKENS_PER_CHUNK = 4;
    private static final int CHUNKS_PER_COMMENT = 16;
    private static final String COMMENT = ": OPENROUTER PROCESSING\n\n";
    private static final String NO_JSON = "{\"id\":\"sim-broken\",\"choices\":[{\"ind";

    private final Dialect dialect;
    private final Errors errors;
    private final Map<Skin, Bodies> bodies = new EnumMap<>(Skin.class);
    private final NanoClock clock;

    AnswerWriter(SimulatorConfig config, Errors errors, NanoClock clock) {
        this.dialect = config.dialect();
        this.errors = errors;
        for (Skin skin : Skin.values()) {
            bodies.put(skin, Bodies.of(skin, dialect));
        }
        this.clock = clock;
    }

    void write(
            ChatEndpoint.Planned planned,
            Optional<Fault> fault,
            Verdict.Levels levels,
            AccountGate.Slot slot,
            Exchange exchange)
            throws IOException {
        Job job = new Job(planned, fault, headers(planned, levels), slot, exchange);
        if (job.isFault(FaultKind.SILENCE)) {
            exchange.staySilent();
            slot.end(CallEnd.UNANSWERED);
        } else if (job.isFault(FaultKind.RESET)) {
            job.pause(planned.course().firstNanos());
            slot.end(CallEnd.UNANSWERED);
            exchange.end(true);
        } else if (planned.call().stream()) {
            job.stream();
        } else {
            job.plain();
        }
    }

    private Map<String, String> headers(ChatEndpoint.Planned planned, Verdict.Levels levels) {
        Map<String, String> headers = new LinkedHashMap<>(errors.limitHeaders(levels));
        switch (dialect) {
            case OPENROUTER -> headers.put("X-Generation-Id", "gen-sim-" + planned.number());
            case OPENAI -> {
                headers.put("x-request-id", "req_sim_" + planned.number());
                headers.put(
                        "openai-processing-ms", Long.toString(planned.course().firstNanos() / 1_000_000));
            }
            case ANTHROPIC -> {
                headers.put("request-id", "req_sim_" + planned.number());
                headers.put("anthropic-organization-id", "org-" + planned.key().account());
            }
            case GEMINI ->
                headers.put("server-timing", "gfet4t7; dur=" + planned.course().firstNanos() / 1_000_000);
        }
        return headers;
    }

    /** One answer on its way. For one thread. */
    private final class Job {

        private final ChatCall call;
        private final Bodies bodies;
        private final ChatEndpoint.Course course;
        private final Optional<Fault> fault;
        private final Map<String, String> headers;
        private final AccountGate.Slot slot;
        private final Exchange exchange;
        private final String id;
        private final long begun = System.nanoTime();
        private final long created = TimeUnit.MILLISECONDS.toSeconds(clock.millis());

        Job(
                ChatEndpoint.Planned planned,
                Optional<Fault> fault,
                Map<String, String> headers,
                AccountGate.Slot slot,
                Exchange exchange) {
            this.call = planned.call();
            this.bodies = Objects.requireNonNull(AnswerWriter.this.bodies.get(call.skin()));
            this.course = planned.course();
            this.fault = fault;
            this.headers = headers;
            this.slot = slot;
            this.exchange = exchange;
            this.id = "gen-sim-" + planned.number();
        }

        boolean isFault(FaultKind kind) {
            return fault.isPresent() && fault.get().kind() == kind;
        }

        /** Waits until so long after the beginning. */
        void pause(long nanos) throws IOException {
            if (!exchange.pauseUntil(begun + nanos)) {
                throw new IOException("the caller went away");
            }
        }

        void plain() throws IOException {
            pause(course.firstNanos());
            Answer answer = bodies.plain(id, call, created).with(headers);
            if (fault.isEmpty()) {
                exchange.send(answer, () -> slot.end(CallEnd.COMPLETED));
                return;
            }
            Runnable broken = () -> slot.end(CallEnd.BROKEN);
            switch (fault.get().kind()) {
                case CUT_STREAM, RESET_STREAM -> {
                    broken.run();
                    exchange.sendHalf(answer, isFault(FaultKind.RESET_STREAM));
                }
                case MALFORMED_CHUNK -> exchange.send(new Answer(200, answer.headers(), NO_JSON), broken);
                case STREAM_ERROR ->
                    exchange.send(bodies.failed(id, call, errors).with(headers), broken);
                default ->
                    throw new IllegalStateException("fault " + fault.get().kind() + " breaks no answer");
            }
        }

        void stream() throws IOException {
            Map<String, String> all = new LinkedHashMap<>(Map.of("Content-Type", bodies.streamType(call)));
            all.putAll(headers);
            if (dialect == Dialect.OPENROUTER) {
                exchange.startStream(all);
                exchange.chunk(COMMENT);
                pause(course.firstNanos());
            } else {
                pause(course.firstNanos());
                exchange.startStream(all);
            }
            send(bodies.opening(id, call));
            int chunks = (call.completionTokens() + TOKENS_PER_CHUNK - 1) / TOKENS_PER_CHUNK;
            for (int i = 0; i < chunks; i++) {
                if (breaksAfter(i)) {
                    return;
                }
                delta(i);
            }
            if (!breaksAfter(Integer.MAX_VALUE)) {
                finish();
            }
        }

        private void delta(int index) throws IOException {
            int from = index * TOKENS_PER_CHUNK;
            int to = Math.min(call.completionTokens(), from + TOKENS_PER_CHUNK);
            long perToken = (course.endNanos() - course.firstNanos()) / call.completionTokens();
            pause(course.firstNanos() + perToken * to);
            if (dialect == Dialect.OPENROUTER && index % CHUNKS_PER_COMMENT == CHUNKS_PER_COMMENT - 1) {
                exchange.chunk(COMMENT);
            }
            exchange.chunk(bodies.delta(id, call, created, from, to));
        }

        private void finish() throws IOException {
            send(bodies.closing(id, call, created));
            // Many callers stop at the last event; by then their place must be free.
            slot.end(CallEnd.COMPLETED);
            exchange.endStream(bodies.end(id, call, created));
        }

        /** Breaks the stream if it is to break after {@code chunks}, or before its regular end. */
        private boolean breaksAfter(int chunks) throws IOException {
            if (fault.isEmpty() || chunks < fault.get().afterChunks()) {
                return false;
            }
            slot.end(CallEnd.BROKEN);
            switch (fault.get().kind()) {
                case CUT_STREAM -> exchange.end(false);
                case RESET_STREAM -> exchange.end(true);
                case MALFORMED_CHUNK -> {
                    exchange.chunk("data: " + NO_JSON + "\n\n");
                    exchange.endStream(bodies.end(id, call, created));
                }
                case STREAM_ERROR -> exchange.endStream(bodies.failure(id, call, errors));
                default ->
                    throw new IllegalStateException("fault " + fault.get().kind() + " breaks no stream");
            }
            return true;
        }

        private void send(List<String> events) throws IOException {
            for (String event : events) {
                exchange.chunk(event);
            }
        }
    }
}
