package io.keycoord.simulator;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;

/** Finds out who asks for what. Safe for use by many threads. */
final class Router implements HttpServer.Handler {

    private static final String BEARER = "bearer ";
    private static final String KEYS = "/api/v1/keys/";

    private final SimulatorConfig config;
    private final KeyBook keys;
    private final StatsBook stats;
    private final FaultBoard faults;
    private final ChatEndpoint chat;
    private final Supplier<SimulatorStats> snapshot;
    private final ControlEndpoint control;
    private final Errors errors;
    private final NanoClock clock;
    private final ManagementEndpoints management;

    Router(
            SimulatorConfig config,
            KeyBook keys,
            StatsBook stats,
            FaultBoard faults,
            ChatEndpoint chat,
            Supplier<SimulatorStats> snapshot,
            NanoClock clock) {
        this.config = config;
        this.keys = keys;
        this.stats = stats;
        this.faults = faults;
        this.chat = chat;
        this.snapshot = snapshot;
        this.clock = clock;
        this.errors = Errors.of(config.dialect(), clock);
        this.management = new ManagementEndpoints(keys, errors, clock);
        this.control = new ControlEndpoint(
                faults, fault -> SimulatorConfig.checkFault(fault, config.dialect(), config.accounts()));
    }

    @Override
    public void handle(HttpRequest request, Exchange exchange) throws IOException {
        switch (request.path()) {
            case "/__stats" -> reply(exchange, stats(request));
            case "/__faults" -> reply(exchange, control.handle(request));
            case "/api/v1/key", "/api/v1/auth/key", "/v1/key" -> reply(exchange, key(request));
            case "/api/v1/credits", "/v1/credits" -> reply(exchange, credits(request));
            case "/api/v1/keys" -> reply(exchange, management.handle(request, secret(request), ""));
            case "/api/v1/models", "/v1/models", "/v1beta/models" -> reply(exchange, models(request));
            default -> chatOrNothing(request, exchange);
        }
    }

    private void chatOrNothing(HttpRequest request, Exchange exchange) throws IOException {
        Optional<Served> served = Served.at(config.dialect(), request);
        if (served.isPresent()) {
            chat(request, served.get(), exchange);
        } else if (request.path().startsWith(KEYS)) {
            String hash = request.path().substring(KEYS.length());
            reply(exchange, management.handle(request, secret(request), hash));
        } else {
            reply(exchange, errors.at(request, errors.notFound(request.path())));
        }
    }

    private Answer stats(HttpRequest request) {
        return request.method().equals("GET")
                ? Answer.json(200, Json.MAPPER.valueToTree(snapshot.get()))
                : ControlEndpoint.error(405, "method is " + request.method() + ", expected GET");
    }

    private void chat(HttpRequest request, Served served, Exchange exchange) throws IOException {
        if (!request.method().equals("POST")) {
            reply(exchange, errors.at(request, errors.methodNotAllowed(request.method())));
            return;
        }
        String secret = secret(request);
        KnownKey key = keys.find(secret);
        if (key != null) {
            chat.handle(key, secret, served, request, exchange);
            return;
        }
        stats.countUnknown(tally -> tally.arrived(0));
        Answer refusal = unauthorized(secret);
        exchange.send(errors.at(request, refusal), () -> {
            long nowMs = clock.millis();
            stats.countUnknown(tally -> tally.answered(refusal.status(), nowMs));
        });
    }

    private Answer key(HttpRequest request) {
        stats.keyQueried();
        return refusal(request).orElseGet(() -> {
            KnownKey key = keys.find(secret(request));
            return key == null
                    ? unauthorized("")
                    : AccountEndpoints.key(
                            key,
                            keys.used(key),
                            keys.limit(key),
                            faults.meets(key, kind -> kind == FaultKind.KEY_LIMIT));
        });
    }

    /** A management key is told as well; an account with a fault of that kind has nothing left. */
    private Answer credits(HttpRequest request) {
        Optional<SimulatedAccount> managed = keys.managed(secret(request));
        if (managed.isEmpty() && refusal(request).isPresent()) {
            return refusal(request).get();
        }
        KnownKey key = keys.find(secret(request));
        String account = key == null ? managed.map(SimulatedAccount::id).orElse("") : key.account();
        boolean spent = key != null && faults.meets(key, kind -> kind == FaultKind.INSUFFICIENT_CREDITS);
        return keys.credits(account)
                .map(total -> AccountEndpoints.credits(total, spent ? total : keys.used(account)))
                .orElseGet(AccountEndpoints::forbidden);
    }

    private Answer models(HttpRequest request) {
        stats.modelsQueried();
        return refusal(request)
                .orElseGet(() -> config.dialect() == Dialect.GEMINI
                        ? Contents.models(config.models())
                        : AccountEndpoints.models(config.models()));
    }

    private Optional<Answer> refusal(HttpRequest request) {
        if (!request.method().equals("GET")) {
            return Optional.of(errors.methodNotAllowed(request.method()));
        }
        String secret = secret(request);
        KnownKey key = keys.find(secret);
        boolean invalid = key == null || faults.meets(key, kind -> kind == FaultKind.INVALID_KEY);
        return invalid ? Optional.of(unauthorized(secret)) : Optional.empty();
    }

    private Answer unauthorized(String secret) {
        return secret.isEmpty() ? errors.missingKey() : errors.invalidKey(secret);
    }

    private String secret(HttpRequest request) {
        return switch (config.dialect()) {
            case OPENROUTER, OPENAI -> bearer(request);
            case ANTHROPIC -> request.header("x-api-key").orElse("").strip();
            case GEMINI ->
                request.header("x-goog-api-key")
                        .or(() -> request.parameter("key"))
                        .orElseGet(() -> bearer(request))
                        .strip();
        };
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
