package io.keycoord.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Acquisition;
import io.keycoord.KeyCoordinator;
import io.keycoord.LeaseRequest;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.Secrets;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.redis.RedisKeyCoordinator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChangeCommandIT {
    private static final String CONFIG =
            "{\"pools\":[{\"id\":\"p1\",\"provider\":\"openrouter\",\"keys\":[{\"id\":\"k1\",\"secret\":\"test:one\",\"limits\":[{\"models\":\"*\",\"requests\":[\"60/min\",\"1000/day\"],\"mode\":\"bucket\",\"arrivalJitter\":\"0ms\"}]}]}]}";

    private final EmbeddedRedis redis = EmbeddedRedis.start();
    private final KeyCoordinator keys = RedisKeyCoordinator.builder()
            .redis(redis.uri().toString())
            .config(CoordinatorConfig.parse(CONFIG, Set.of(Secrets.TEST_SCHEME)))
            .secrets(Secrets.of(Map.of("one", "sk-very-secret-0123456789")))
            .build();

    @AfterAll
    void close() {
        keys.close();
        redis.close();
    }

    @Test
    void aKeyIsDrainedAndEnabledWhileWorkersRun() {
        Ran drained = run("drain", "p1", "k1", "--reason", "rotation of the secret");
        assertThat(drained.out()).isEqualTo("k1 was CLOSED and is DRAINING\n");
        assertThat(drained.code()).isEqualTo(ExitCode.OK);
        assertThat(keys.tryAcquire(LeaseRequest.of("p1"))).isInstanceOf(Acquisition.Denied.class);
        assertThat(run("drain", "p1", "k1", "--reason", "again").out())
                .isEqualTo("k1 is DRAINING already, nothing was changed\n");

        assertThat(run("enable", "p1", "k1", "--reason", "done").out()).isEqualTo("k1 was DRAINING and is CLOSED\n");
        Acquisition granted = keys.tryAcquire(LeaseRequest.of("p1"));
        assertThat(granted).isInstanceOf(Acquisition.Granted.class);
        ((Acquisition.Granted) granted).lease().close();
    }

    @Test
    void aKeyWithANewSecretIsRotated() {
        assertThat(run("rotate", "p1", "k1", "--reason", "new secret everywhere")
                        .out())
                .isEqualTo("k1 was CLOSED and is CLOSED with its new secret\n");
        assertThat(run("rotate", "p1", "nobody", "--reason", "x").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void whatKeepsAKeyFromServingIsExplained() throws Exception {
        assertThat(run("explain", "p1", "--tokens", "10").out()).containsPattern("k1 +k1 +\\* +now");

        run("drain", "p1", "k1", "--reason", "x");
        assertThat(run("explain", "p1", "--tokens", "10").out()).containsPattern("never +an operator drains it");
        assertThat(FormatOption.json()
                        .readTree(run("explain", "p1", "--tokens", "10", "--format", "json")
                                .out())
                        .at("/0/what")
                        .asText())
                .isEqualTo("draining");
        run("enable", "p1", "k1", "--reason", "x");

        assertThat(run("explain", "p1", "--tokens", "-1").err())
                .isEqualTo("keycoord explain: --tokens is -1, expected 0 to 2000000000\n");
    }

    @Test
    void aConfigurationIsAppliedWhileWorkersRun(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(
                folder.resolve("keycoord.json"),
                CONFIG.replace("p1", "p2")
                        .replace("[{\"id\":\"k1\"", "[{\"id\":\"k0\",\"secret\":\"env:K\"},{\"id\":\"k1\"")
                        .replace("test:one", "env:K"));

        assertThat(run("config", "apply", file.toString()).out()).containsPattern("p2 +new");
        assertThat(run("config", "apply", file.toString(), "--pool", "p2").out())
                .containsPattern("p2 +as before");
        Files.writeString(file, Files.readString(file).replace("60/min", "90/min"));
        assertThat(run("config", "apply", file.toString()).out()).containsPattern("p2 +in place of another");

        assertThat(run("keys", "p2").out()).contains("k0").containsPattern("\\d+/90 per 1m00s");
        Ran unknown = run("config", "apply", file.toString(), "--pool", "p9");
        assertThat(unknown.err()).isEqualTo("keycoord config apply: --pool is p9, expected one of p2\n");
        assertThat(unknown.code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aLowerRevisionIsRefusedUnlessForced(@TempDir Path folder) throws IOException {
        String text = CONFIG.replace("p1", "p3").replace("test:one", "env:K");
        String numbered = text.replace("\"provider\"", "\"revision\":7,\"provider\"");
        Path newer = Files.writeString(folder.resolve("newer.json"), numbered);
        Path older = Files.writeString(
                folder.resolve("older.json"), numbered.replace(":7,", ":6,").replace("60/min", "90/min"));
        assertThat(run("config", "apply", newer.toString()).code()).isEqualTo(ExitCode.OK);

        Ran refused = run("config", "apply", older.toString());
        assertThat(refused.out()).containsPattern("p3 +older");
        assertThat(refused.err())
                .isEqualTo("keycoord config apply: pool p3 was not changed: its revision in " + older
                        + " is 6, and Redis has 7 (--force applies it all the same)\n");
        assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run("keys", "p3").out()).containsPattern("\\d+/60 per 1m00s");

        Ran forced = run("config", "apply", older.toString(), "--force");
        assertThat(forced.out()).containsPattern("p3 +in place of another");
        assertThat(forced.code()).isEqualTo(ExitCode.OK);
        assertThat(run("keys", "p3").out()).containsPattern("\\d+/90 per 1m00s");
        assertThat(run("pools").out()).containsPattern("p3 .* 6\\n");
    }

    @Test
    void eachWindowOfALimitIsShown() {
        assertThat(run("keys", "p1").out()).containsPattern("\\d+/60 per 1m00s, \\d+/1000 per 24h00m");
        assertThat(run("key", "p1", "k1").out())
                .containsPattern("requests +\\d+ +60 +1m00s")
                .containsPattern("requests +\\d+ +1000 +24h00m");
    }

    @Test
    void aPoolIsSwitchedWhileWorkersRun() throws Exception {
        assertThat(run("switch", "p1", "deny", "--reason", "the provider asked us to")
                        .out())
                .isEqualTo("p1 was normal and is deny\n");
        assertThat(keys.tryAcquire(LeaseRequest.of("p1")))
                .isInstanceOfSatisfying(
                        Acquisition.Denied.class,
                        denied -> assertThat(denied.reason()).isEqualTo(Acquisition.Reason.SWITCHED_OFF));
        assertThat(run("pools").out()).containsPattern("POOL +STRATEGY +SWITCH").containsPattern("p1 +\\S+ +deny");
        assertThat(run("switch", "p1", "DENY", "--reason", "again").out())
                .isEqualTo("p1 is deny already, nothing was changed\n");

        Ran back = run("switch", "p1", "normal", "--reason", "they are done", "--format", "json");
        assertThat(FormatOption.json().readTree(back.out()).at("/before").asText())
                .isEqualTo("deny");
        keys.tryAcquire(LeaseRequest.of("p1")).orElseThrow().close();
        assertThat(run("switch", "p9", "open", "--reason", "x").err())
                .startsWith("keycoord switch: this Redis has no pool p9; expected one of p1");
        Ran unknown = run("switch", "p1", "off", "--reason", "x");
        assertThat(unknown.err()).contains("NORMAL, DENY, OPEN, SHADOW");
        assertThat(unknown.code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void theAnswerIsAlsoJson() throws Exception {
        Ran reset = run("reset", "p1", "k1", "--reason", "x", "--format", "json");

        assertThat(FormatOption.json().readTree(reset.out()).at("/after").asText())
                .isEqualTo("CLOSED");
    }

    @Test
    void aMissingReasonIsAsked() {
        assertThat(run("drain", "p1", "k1").err()).contains("Missing required option: '--reason=TEXT'");
        Ran blank = run("drain", "p1", "k1", "--reason", " ");
        assertThat(blank.err())
                .isEqualTo(
                        "keycoord drain: --reason is ' ', expected 1 to 200 characters without control characters\n");
        assertThat(blank.code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void whatIsNotThereIsToldWithWhatIs() {
        assertThat(run("drain", "p9", "k1", "--reason", "x").err())
                .startsWith("keycoord drain: this Redis has no pool p9; expected one of p1");
        Ran key = run("enable", "p1", "k9", "--reason", "x");
        assertThat(key.err()).isEqualTo("keycoord enable: this Redis has no key k9; expected one of k1\n");
        assertThat(key.code()).isEqualTo(ExitCode.USAGE);
    }

    private Ran run(String... args) {
        String[] all = new String[args.length + 2];
        System.arraycopy(args, 0, all, 0, args.length);
        all[args.length] = "--redis";
        all[args.length + 1] = redis.uri().toString();
        return Ran.of(all);
    }
}
