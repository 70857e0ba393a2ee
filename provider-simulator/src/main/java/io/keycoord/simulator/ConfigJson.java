package io.keycoord.simulator;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The configuration and the faults in JSON. */
final class ConfigJson {

    private static final Pattern RATE = Pattern.compile("(\\d{1,12})([kM]?)/(\\d{0,9})(ms|s|min|m|h|hour|d|day)");
    private static final Latency STANDARD = Latency.standard();

    private ConfigJson() {}

    static SimulatorConfig config(String json) {
        return Fields.read(json, ConfigJson::config);
    }

    /** A fault, as in the body of {@code POST /__faults}. */
    static Fault fault(String json) {
        return Fields.read(json, ConfigJson::fault);
    }

    private static SimulatorConfig config(Fields fields) {
        SimulatorConfig.Builder config = SimulatorConfig.builder();
        fields.choice("dialect", Dialect.values(), dialect -> List.of(dialect.word()))
                .ifPresent(config::dialect);
        fields.objects("accounts", ConfigJson::account).forEach(config::account);
        fields.object("latency", ConfigJson::latency).ifPresent(config::latency);
        fields.texts("models").ifPresent(config::models);
        fields.objects("faults", ConfigJson::fault).forEach(config::fault);
        fields.integer("defaultMaxTokens").ifPresent(config::defaultMaxTokens);
        fields.integer("recordArrivals").ifPresent(config::recordArrivals);
        fields.integer("maxConnections").ifPresent(config::maxConnections);
        fields.whole("seed").ifPresent(config::seed);
        fields.text("host").ifPresent(config::host);
        fields.integer("port").ifPresent(config::port);
        return config.build();
    }

    private static SimulatedAccount account(Fields fields) {
        SimulatedAccount.Builder account = SimulatedAccount.builder(fields.requiredText("id"));
        fields.objects("keys", ConfigJson::key).forEach(key -> account.key(key.id(), key.secret()));
        rate(fields, "requests").ifPresent(account::requests);
        rate(fields, "tokens").ifPresent(account::tokens);
        fields.integer("concurrency").ifPresent(account::concurrency);
        fields.choice("tokensCounted", TokensCounted.values(), when -> List.of(when.word()))
                .ifPresent(account::tokensCounted);
        fields.choice("refusedCalls", RefusedCalls.values(), cost -> List.of(cost.word()))
                .ifPresent(account::refusedCalls);
        fields.decimal("credits").ifPresent(account::credits);
        fields.text("managementKey").ifPresent(account::managementKey);
        return account.build();
    }

    private static SimulatedKey key(Fields fields) {
        return new SimulatedKey(fields.requiredText("id"), fields.requiredText("secret"));
    }

    /** {@code "500/min"}, a bucket, or an object with more to say. */
    private static Optional<Rate> rate(Fields fields, String name) {
        return fields.isText(name)
                ? fields.text(name).map(text -> fields.at(name, () -> rate(text)))
                : fields.object(name, ConfigJson::rate);
    }

    private static Rate rate(String text) {
        Matcher form = RATE.matcher(text);
        Check.that(form.matches(), () -> "'" + text + "' is no rate, expected one like 500/min, 20k/10s or 5M/day");
        long factor = switch (form.group(2)) {
            case "k" -> 1_000;
            case "M" -> 1_000_000;
            default -> 1;
        };
        String unit = form.group(4).replace("hour", "h").replace("day", "d");
        String count = form.group(3).isEmpty() ? "1" : form.group(3);
        return Rate.bucket(Long.parseLong(form.group(1)) * factor, Durations.parse(count + unit));
    }

    private static Rate rate(Fields fields) {
        long amount = fields.required("amount", fields.whole("amount"));
        Duration window = fields.required("window", fields.duration("window"));
        LimitMode mode =
                fields.choice("mode", LimitMode.values(), ConfigJson::modeWords).orElse(LimitMode.BUCKET);
        return new Rate(amount, window, mode, fields.whole("burst").orElse(amount));
    }

    /** The word, and its first part alone: {@code sliding-window} or {@code sliding}. */
    private static List<String> modeWords(LimitMode mode) {
        return List.of(mode.word(), mode.word().replace("-window", ""));
    }

    private static Latency latency(Fields fields) {
        Latency.Shape shape = fields.choice("shape", Latency.Shape.values(), ConfigJson::shapeWord)
                .orElse(Latency.Shape.UNIFORM);
        return new Latency(
                shape,
                fields.duration("base").orElse(STANDARD.base()),
                fields.duration("spread").orElse(STANDARD.spread()),
                fields.decimal("sigma").orElse(0.0),
                fields.duration("perToken").orElse(STANDARD.perToken()));
    }

    private static List<String> shapeWord(Latency.Shape shape) {
        return List.of(shape.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    private static Fault fault(Fields fields) {
        FaultKind kind = fields.required(
                "fault", fields.choice("fault", FaultKind.values(), each -> List.of(each.word(), each.shortWord())));
        Fault fault = scope(fields, kind);
        OptionalInt calls = fields.integer("calls").map(OptionalInt::of).orElseGet(OptionalInt::empty);
        return new Fault(
                kind,
                fault.scope(),
                fault.target(),
                calls,
                fields.duration("starts").orElse(Duration.ZERO),
                fields.duration("lasts"),
                fields.duration("hint"),
                fields.integer("afterChunks").orElse(fault.afterChunks()));
    }

    private static Fault scope(Fields fields, FaultKind kind) {
        Optional<String> key = fields.text("key");
        Optional<String> account = fields.text("account");
        Check.that(key.isEmpty() || account.isEmpty(), () -> "key and account are both given, expected one or none");
        return key.map(id -> Fault.ofKey(id, kind))
                .orElseGet(() -> account.map(id -> Fault.ofAccount(id, kind)).orElseGet(() -> Fault.ofAll(kind)));
    }
}
