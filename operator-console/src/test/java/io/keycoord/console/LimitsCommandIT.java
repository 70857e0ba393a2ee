package io.keycoord.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.simulator.Fault;
import io.keycoord.simulator.FaultKind;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LimitsCommandIT {
    private final ProviderSimulator provider = ProviderSimulator.start(SimulatorConfig.builder()
            .account(SimulatedAccount.builder("team")
                    .key("k1", "sim-secret-one")
                    .key("k2", "sim-secret-two")
                    .build())
            .account(SimulatedAccount.builder("rich")
                    .key("k3", "sim-secret-three")
                    .credits(50)
                    .build())
            .build());

    private final EmbeddedRedis redis = EmbeddedRedis.start();

    @TempDir
    private Path folder = Path.of("");

    @AfterAll
    void close() {
        provider.close();
        redis.close();
    }

    @BeforeEach
    void heal() {
        provider.clearFaults();
    }

    private Ran limits(String provided, String... more) throws IOException {
        Path one = Files.writeString(folder.resolve("one"), "sim-secret-one\n");
        Path two = Files.writeString(folder.resolve("two"), "sim-secret-two\n");
        Path config = Files.writeString(
                folder.resolve("keycoord.json"),
                ("{'pools':[{'id':'p','provider':'%s','baseUrl':'%s','accounts':[{'id':'team','keys':["
                                + "{'id':'k1','secret':'file:%s'},{'id':'k2','secret':'file:%s'}]}]}]}")
                        .formatted(provided, provider.baseUrl(), one, two)
                        .replace('\'', '"'));
        String[] args = new String[4 + more.length];
        System.arraycopy(new String[] {"limits", "p", "--config", config.toString()}, 0, args, 0, 4);
        System.arraycopy(more, 0, args, 4, more.length);
        return Ran.of(args);
    }

    @Test
    void theProviderIsAskedAboutEveryKey() throws Exception {
        Ran ran = limits("openrouter");

        assertThat(ran.err()).isEmpty();
        assertThat(ran.out())
                .containsPattern("KEY +ACCOUNT +LABEL +REQUESTS +INTERVAL +USAGE +LIMIT +REMAINING +RESET")
                .containsPattern("k1 +team +sim-\\.\\.\\.k1 +-1 +10s +0 +null +null +null +false +null +null +null")
                .containsPattern("k2 +team +sim-\\.\\.\\.k2")
                .doesNotContain("sim-secret");
        assertThat(ran.code()).isEqualTo(ExitCode.OK);
    }

    @Test
    void theMoneyOfAnAccountIsShownWhereItIsTold() throws Exception {
        limits("openrouter");
        String config = folder.resolve("keycoord.json").toString();
        Files.writeString(folder.resolve("one"), "sim-secret-three\n");

        assertThat(Ran.of("limits", "p", "--config", config).out())
                .containsPattern("SPENT UNTIL +BALANCE +PROBLEM")
                .containsPattern("k1 +team +.* null +null +50 *\n")
                .containsPattern("k2 +team +.* null +null +null *\n");
        JsonNode rows = FormatOption.json()
                .readTree(Ran.of("limits", "p", "--config", config, "--format", "json")
                        .out());
        assertThat(rows.at("/0/balance").intValue()).isEqualTo(50);
        assertThat(rows.at("/1/balance").isNull()).isTrue();
    }

    @Test
    void rulesOfYourOwnSayHowIsAsked() throws Exception {
        Path rules =
                Files.writeString(folder.resolve("rules.json"), "{\"extends\": \"openai\", \"keyPaths\": [\"key\"]}");

        Ran ran = limits("openai", "--rules", rules.toString());
        assertThat(ran.err()).isEmpty();
        assertThat(ran.code()).isEqualTo(ExitCode.OK);

        Ran wrong = limits("openai", "--rules", folder.resolve("nowhere").toString());
        assertThat(wrong.err()).startsWith("keycoord limits: ").contains("cannot be read");
        assertThat(wrong.code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aSpentKeyIsShownAndARefusedOneIsAProblem() throws Exception {
        provider.script(Fault.ofKey("k1", FaultKind.KEY_LIMIT));
        provider.script(Fault.ofKey("k2", FaultKind.INVALID_KEY));

        Ran ran = limits("openrouter", "--format", "json");

        JsonNode rows = FormatOption.json().readTree(ran.out());
        assertThat(rows.at("/0/remaining").decimalValue()).isZero();
        assertThat(rows.at("/0/limit").isNumber()).isTrue();
        assertThat(rows.at("/0/reset").isNull()).isTrue();
        assertThat(rows.at("/0/spentUntil").textValue()).endsWith("Z");
        assertThat(rows.at("/1/problem").textValue()).isEqualTo("the provider answered 401");
        assertThat(ran.code()).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void whatTheProviderSaysIsTakenByTheWorkers() throws Exception {
        limits("openrouter");
        String config = folder.resolve("keycoord.json").toString();
        String url = redis.uri().toString();
        provider.script(Fault.ofKey("k1", FaultKind.KEY_LIMIT));
        assertThat(limits("openrouter", "--apply", "--redis", url).err().lines())
                .containsExactly(
                        "keycoord limits: this Redis has no key k1 in pool p",
                        "keycoord limits: this Redis has no key k2 in pool p");
        assertThat(Ran.of("config", "apply", config, "--redis", url).code()).isEqualTo(ExitCode.OK);

        Ran ran = limits("openrouter", "--apply", "--redis", url);

        assertThat(ran.err()).isEmpty();
        assertThat(ran.code()).isEqualTo(ExitCode.OK);
        assertThat(Ran.of("explain", "p", "--tokens", "1", "--redis", url).out())
                .containsPattern("k2 +team +\\* +now")
                .containsPattern("k1 +team +\\* +in .* +the provider told it to wait");
    }

    @Test
    void whatCannotBeAskedIsAMistakeOfTheUser() throws Exception {
        Ran ran = limits("openai");
        assertThat(ran.err())
                .isEqualTo("keycoord limits: the provider of pool p is openai, which tells nothing about a key;"
                        + " expected openrouter\n");
        assertThat(ran.code()).isEqualTo(ExitCode.USAGE);

        Ran unknown = Ran.of(
                "limits", "other", "--config", folder.resolve("keycoord.json").toString());
        assertThat(unknown.err()).isEqualTo("keycoord limits: POOL is other, expected one of p\n");
        assertThat(unknown.code()).isEqualTo(ExitCode.USAGE);
    }
}
