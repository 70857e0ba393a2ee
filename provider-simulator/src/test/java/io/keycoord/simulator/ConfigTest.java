package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {

    private static final String WHOLE = """
            {"dialect": "openai", "host": "127.0.0.1", "port": 1234, "seed": 9, "maxConnections": 50,
             "defaultMaxTokens": 100, "recordArrivals": 10, "models": ["m"],
             "latency": {"shape": "log-normal", "base": "5ms", "spread": "20ms", "sigma": 0.5, "perToken": "1ms"},
             "accounts": [
               {"id": "a", "keys": [{"id": "a-1", "secret": "s1"}], "requests": "20k/10s",
                "tokens": {"amount": 500, "window": "1m", "mode": "sliding-window"}, "concurrency": 3,
                "tokensCounted": "completion", "refusedCalls": "counted"}],
             "faults": [{"key": "a-1", "fault": "429", "calls": 2, "starts": "1s", "lasts": "5s", "hint": "2s",
                         "afterChunks": 4}]}
            """;

    private static final String SMALL =
            "{\"accounts\": [{\"id\": \"a\", \"keys\": [{\"id\": \"k\", \"secret\": \"s1\"}], \"requests\": \"5/s\"}]}";

    @Test
    void everyFieldIsRead() {
        SimulatorConfig config = SimulatorConfig.parse(WHOLE);

        assertThat(config)
                .isEqualTo(SimulatorConfig.builder()
                        .dialect(Dialect.OPENAI)
                        .port(1234)
                        .seed(9)
                        .maxConnections(50)
                        .defaultMaxTokens(100)
                        .recordArrivals(10)
                        .models(java.util.List.of("m"))
                        .latency(Latency.logNormal(Duration.ofMillis(5), Duration.ofMillis(20), 0.5)
                                .withPerToken(Duration.ofMillis(1)))
                        .account(SimulatedAccount.builder("a")
                                .key("a-1", "s1")
                                .requests(Rate.bucket(20_000, Duration.ofSeconds(10)))
                                .tokens(Rate.slidingWindow(500, Duration.ofMinutes(1)))
                                .concurrency(3)
                                .tokensCounted(TokensCounted.COMPLETION)
                                .refusedCalls(RefusedCalls.COUNTED)
                                .build())
                        .fault(Fault.ofKey("a-1", FaultKind.RATE_LIMIT)
                                .withCalls(2)
                                .withStarts(Duration.ofSeconds(1))
                                .withLasts(Duration.ofSeconds(5))
                                .withHint(Duration.ofSeconds(2))
                                .withAfterChunks(4))
                        .build());
    }

    @Test
    void littleIsEnough() {
        SimulatorConfig config = SimulatorConfig.parse(SMALL);

        assertThat(config.dialect()).isEqualTo(Dialect.OPENROUTER);
        assertThat(config.latency()).isEqualTo(Latency.standard());
        assertThat(config.accounts().get(0).requests()).contains(Rate.bucket(5, Duration.ofSeconds(1)));
        assertThat(config.accounts().get(0).concurrency()).isEqualTo(OptionalInt.empty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"5/s\"            | \"5\"              | accounts[0].requests: '5' is no rate, expected one like 500/min, 20k/10s or 5M/day",
                "\"5/s\"            | {\"amount\": 5}    | accounts[0].requests.window is missing",
                "\"5/s\"            | {\"amount\": 0, \"window\": \"1s\"} | accounts[0].requests: amount is 0, expected 1 to 1000000000000",
                "\"5/s\"            | {\"amount\": 5, \"window\": \"1s\", \"mode\": \"x\"} | accounts[0].requests.mode is 'x', expected one of [bucket, sliding-window, fixed-window]",
                "\"5/s\"            | {\"amount\": 5, \"window\": \"1s\", \"mode\": \"fixed\", \"burst\": 2} | accounts[0].requests: burst is 2, expected the amount 5: only a bucket has its own burst",
                "\"5/s\"            | {\"amount\": 5, \"window\": \"soon\"} | accounts[0].requests.window: 'soon' is no duration, expected one like 200us, 50ms, 10s, 2m, 1h or 1d",
                "\"5/s\"            | \"5/s\", \"concurrency\": 0 | accounts[0]: concurrency is 0, expected 1 to 1000000",
                "\"5/s\"            | \"5/s\", \"speed\": 0 | accounts[0].speed is no known field",
                "\"id\": \"k\"      | \"id\": \"-k\"     | accounts[0].keys[0]: key id is '-k', expected [A-Za-z0-9]",
                "\"secret\": \"s1\" | \"secret\": \"s 1\" | accounts[0].keys[0]: secret of key k has 3 characters, expected 1 to 256 visible",
                "\"secret\": \"s1\" | \"secret\": 5      | accounts[0].keys[0].secret is no text, expected a text",
                "\"accounts\"       | \"port\": 70000, \"accounts\" | port is 70000, expected 0 to 65535",
                "\"accounts\"       | \"seed\": 1.5, \"accounts\" | seed is 1.5, expected a whole number",
                "\"accounts\"       | \"faults\": [{\"key\": \"x\", \"fault\": \"500\"}], \"accounts\" | key is 'x', expected one of the configuration",
                "\"accounts\"       | \"faults\": [{\"fault\": \"boom\"}], \"accounts\" | faults[0].fault is 'boom', expected one of [invalid-key,",
                "\"accounts\"       | \"dialect\": \"azure\", \"accounts\" | dialect is 'azure', expected one of [openrouter, openai, anthropic, gemini]",
                "{\"accounts\"      | [{\"accounts\"     | not valid JSON, or a field given twice, at line 1",
            })
    void wrongFieldIsNamedWithValueAndExpectation(String good, String bad, String message) {
        assertThat(SMALL).contains(good);
        assertThatThrownBy(() -> SimulatorConfig.parse(SMALL.replace(good, bad)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void duplicatesAreRefusedWithoutShowingSecrets() {
        SimulatedAccount a =
                SimulatedAccount.builder("a").key("k", "hidden-secret").build();
        SimulatedAccount b =
                SimulatedAccount.builder("b").key("k2", "hidden-secret").build();

        assertThatThrownBy(() -> SimulatorConfig.builder().account(a).account(a).build())
                .hasMessage("account id 'a' is there twice");
        assertThatThrownBy(() -> SimulatorConfig.builder().account(a).account(b).build())
                .hasMessage("secret of key k2 is another key's too");
        assertThatThrownBy(() -> SimulatorConfig.builder().build()).hasMessageStartingWith("accounts is empty");
        assertThat(a.toString()).doesNotContain("hidden");
        assertThat(SimulatorConfig.builder().account(a).build().toString()).doesNotContain("hidden");
    }

    @Test
    void keysOfSeveralAccountsMayNotShareAnId() {
        assertThatThrownBy(() -> SimulatorConfig.builder()
                        .account(SimulatedAccount.builder("a").key("k", "s1").build())
                        .account(SimulatedAccount.builder("b").key("k", "s2").build())
                        .build())
                .hasMessage("key id 'k' is there twice");
    }
}
