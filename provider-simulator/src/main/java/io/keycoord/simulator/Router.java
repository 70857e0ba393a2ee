package io.keycoord.simulator;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Finds out who asks for what. Safe for use by many threads. */
final class Router implements HttpServer.Handler {

    private static final String BEARER = "bearer ";

    private final SimulatorConfig config;
    private final Map<String, KnownKey> keysBySecret;
    private final StatsBook stats;
    private final FaultBoard faults;
    private final ChatEndpoint chat;
    private final Supplier<SimulatorStats> snapshot;
    private final ControlEndpoint control;
    private final Errors errors;
    private final NanoClock clock;
    private final boolean anthropic;

    Router(
            SimulatorConfig config,
            Map<String, KnownKey> keysBySecret,
            StatsBook stats,
            FaultBoard faults,
            ChatEndpoint chat,
            Supplier<SimulatorStats> snapshot,
            NanoClock clock) {
        this.config = config;
        this.keysBySecret = Map.copyOf(keysBySecret);
        this.stats = stats;
        this.faults = faults;
        this.chat = chat;
        this.snapshot = snapshot;
        this.clock = clock;
        this.anthropic = config.dialect() == Dialect.ANTHROPIC;
        this.errors = Errors.of(config.dialect(), clock);
        this.control = new ControlEndpoint(
                faults, fault -> SimulatorConfig.checkFault(fault, config.dialect(), config.accounts()));
    }

    @Override
    public void handle(HttpRequest request, Exchange exchange) throws IOException {
        switch (request.path()) {
            case "/__stats" -> reply(exchange, stats(request));
            case "/__faults" -> reply(exchange, control.handle(request));
            case "/api/v1/key", "/api/v1/auth/key", "/v1/key" -> reply(exchange, key(request));
            case "/api/v1/models", "/v1/models" -> reply(exchange, models(request));
            default -> chatOrNothing(request, exchange);
        }
    }

    private void chatOrNothing(HttpRequest request, Exchange exchange) throws IOException {
        String path = anthropic ? "/v1/messages" : "/v1/chat/completions";
        if (request.path().equals(path) || request.path().equals("/api" + path)) {
            chat(request, exchange);
        } else {
            reply(exchange, errors.notFound(request.path()));
        }
    }

    private Answer stats(HttpRequest request) {
        return request.method().equals("GET")
                ? Answer.json(200, Json.MAPPER.valueToTree(snapshot.get()))
                : ControlEndpoint.error(405, "method is " + request.method() + ", expected GET");
    }

    private void chat(HttpRequest request, Exchange exchange) throws IOException {
        if (!request.method().equals("POST")) {
            reply(exchange, errors.methodNotAllowed(request.method()));
            return;
        }
        String secret = secret(request);
        KnownKey key = keysBySecret.get(secret);
        if (key != null) {
            chat.handle(key, secret, request, exchange);
            return;
        }
        stats.countUnknown(tally -> tally.arrived(0));
        exchange.send(unauthorized(secret), () -> {
            long nowMs = clock.millis();
            stats.countUnknown(tally -> tally.answered(401, nowMs));
        });
    }

    private Answer key(HttpRequest request) {
        stats.keyQueried();
        return refusal(request).orElseGet(() -> {
            KnownKey key = keysBySecret.get(secret(request));
            return key == null
                    ? unauthorized("")
                    : AccountEndpoints.key(
                            key, stats.tokensUsed(key), faults.meets(key, kind -> kind == FaultKind.KEY_LIMIT));
        });
    }

    private Answer models(HttpRequest request) {
        stats.modelsQueried();
        return refusal(request).orElseGet(() -> AccountEndpoints.models(config.models()));
    }

    private Optional<Answer> refusal(HttpRequest request) {
        if (!request.method().equals("GET")) {
            return Optional.of(errors.methodNotAllowed(request.method()));
        }
        String secret = secret(request);
        KnownKey key = keysBySecret.get(secret);
        boolean invalid = key == null || faults.meets(key, kind -> kind == FaultKind.INVALID_KEY);
        return invalid ? Optional.of(unauthorized(secret)) : Optional.empty();
    }

    private Answer unauthorized(String secret) {
        return secret.isEmpty() ? errors.missingKey() : errors.invalidKey(secret);
    }

    private String secret(HttpRequest request) {
        return anthropic ? request.header("x-api-key").orElse("").strip() : bearer(request);
    }

    private static String bearer(HttpRequest request) {
        String value = request.header("authorization").orElse("");
        return value.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? value.substring(BEARER.length()).strip()
                : "";
    }

    private static void reply(Exchange exchange, Answer answer) throws IOException {
        exchange.send(answer, () -> {});
    }
}
