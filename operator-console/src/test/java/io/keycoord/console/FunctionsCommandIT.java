package io.keycoord.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.Secrets;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.redis.FunctionLoader;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.redis.Scripting;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import redis.clients.jedis.RedisClient;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FunctionsCommandIT {
    private static final String OTHER = "keycoord_0123456789ab";
    private static final String CONFIG = "{\"pools\":[{\"id\":\"p1\",\"provider\":\"openrouter\",\"keys\":"
            + "[{\"id\":\"k1\",\"secret\":\"test:one\",\"limits\":[{\"models\":\"*\",\"requests\":\"5/min\"}]}]}]}";

    private final EmbeddedRedis redis =
            EmbeddedRedis.builder().config("user few on >few ~* &* -@all +ping").start();
    private final RedisClient admin = RedisClient.create(redis.uri());

    @BeforeEach
    void clear() {
        admin.flushAll();
        admin.functionFlush();
        admin.scriptFlush();
    }

    @AfterAll
    void close() {
        admin.close();
        redis.close();
    }

    private Ran run(String... words) {
        String[] all = Arrays.copyOf(words, words.length + 2);
        all[words.length] = "--redis";
        all[words.length + 1] = redis.uri().toString();
        return Ran.of(all);
    }

    @Test
    void aLibraryIsLoadedListedAndOthersArePruned() {
        admin.functionLoad("#!lua name=" + OTHER + "\nredis.register_function('other', function() end)");

        assertThat(run("functions", "load").out()).isEqualTo(FunctionLoader.name() + " is loaded\n");
        assertThat(run("functions", "load").out()).isEqualTo(FunctionLoader.name() + " was there already\n");
        assertThat(run("functions", "list").out())
                .containsPattern(FunctionLoader.name() + " +this")
                .containsPattern(OTHER + " +another");
        assertThat(run("functions", "prune").out()).isEqualTo(OTHER + " is deleted\n");
        assertThat(run("functions", "prune").out()).isEqualTo("there is no other version\n");
        assertThat(admin.functionList()).hasSize(1);
    }

    @Test
    void whatIsShownCanBeLoadedByOtherMeans() {
        admin.functionLoad(Ran.of("functions", "show").out());

        assertThat(run("functions", "load").out()).contains("was there already");
    }

    @Test
    void aServerThatRefusesIsToldOf() {
        Ran ran = Ran.of("functions", "load", "--redis", "redis://few:few@127.0.0.1:" + redis.port());

        assertThat(ran.err())
                .startsWith("keycoord functions load: functions: NOPERM")
                .hasLineCount(1);
        assertThat(ran.code()).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void poolsAreSeenAndChangedByFunctions() {
        RedisKeyCoordinator.builder()
                .redis(redis.uri().toString())
                .config(CoordinatorConfig.parse(CONFIG, Set.of(Secrets.TEST_SCHEME)))
                .secrets(Secrets.of(Map.of("one", "sk-very-secret-0123456789")))
                .scripting(Scripting.FUNCTIONS)
                .build()
                .close();

        assertThat(run("pools", "--functions").out()).containsPattern("p1 +most-headroom");
        assertThat(run("drain", "p1", "k1", "--reason", "x", "--functions").code())
                .isEqualTo(ExitCode.OK);
        assertThat(run("keys", "p1", "--functions").out()).contains("operator");
        assertThat(admin.info("commandstats")).contains("cmdstat_fcall:").doesNotContain("cmdstat_eval");
        assertThat(run("functions").code()).isEqualTo(ExitCode.USAGE);
    }
}
