package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.TenantConfig;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.How;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.UnifiedJedis;

/** Runs the one-liners of {@code docs/design/keyspace.md}, and looks for every Redis key that it does not mention. */
class KeyspaceDocumentTest extends ScriptTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "design", "keyspace.md");

    @Test
    void everyOneLinerAnswersWithState() throws IOException {
        Engine engine = poolInUse();
        Map<String, Object> answers = new TreeMap<>();
        for (String line : Files.readAllLines(DOCUMENT)) {
            if (line.startsWith("redis-cli ")) {
                answers.put(line, run(jedis, line));
            }
        }

        assertThat(answers).hasSizeGreaterThan(12);
        answers.forEach((line, answer) -> assertThat(isEmpty(answer)).as(line).isFalse());
        assertThat(
                        text(
                                answers.get(
                                        "redis-cli HMGET 'keycoord:{openrouter}:key:team-a-1' state why since_ms until_ms in_flight errors_in_window")))
                .startsWith("[CLOSED, registered, " + Engine.NOON / 1000);
        assertThat(engine.acquire(1).granted()).isTrue();
    }

    @Test
    void theDocumentNamesEveryRedisKeyOfAPool() throws IOException {
        poolInUse();
        String document = Files.readString(DOCUMENT);
        for (String key : jedis.keys("*")) {
            String name = key.replace("keycoord:{openrouter}:", "")
                    .replaceAll("(key|account|tenant):[^:/]+", "$1:ID")
                    .replaceAll("ID/[0-9]", "ID[/n]")
                    .replaceAll("^(ready|parked|tokens):[0-9]", "$1[:n]");
            assertThat(document).as(key).contains(name.contains(":ID:") ? name.substring(name.lastIndexOf(':')) : name);
        }
    }

    private Engine poolInUse() {
        AccountConfig team = Pools.account(
                "team-a", Pools.limits(Pools.perMinute(60), Pools.perMinute(6000), 9), "team-a-1", "team-a-2");
        PoolConfig base = Pools.headroom(team);
        AccountConfig classes = Pools.account(
                        "team-b", List.of(LimitConfig.of("*:free"), LimitConfig.of("*")), Pools.key("team-b-1"))
                .withOverall(Pools.concurrency(3));
        PoolConfig pool = PoolConfig.of("openrouter", base.provider(), base.baseUrl(), team, classes)
                .withLeaseTtl(base.leaseTtl())
                .withOverall(Pools.concurrency(100))
                .withTenants(
                        TenantConfig.of("search", Pools.tokens(Pools.perMinute(600))),
                        TenantConfig.of("chat", Pools.concurrency(9))
                                .withLimits(LimitConfig.of("a*").withConcurrency(1), LimitConfig.of("*")));
        Engine engine = engine(pool);
        engine.scripts.run(Script.POOLS, Keyspace.STANDARD.pools(), List.of("openrouter"));
        for (int i = 0; i < 3; i++) {
            engine.acquire(100);
        }
        Answer settled = engine.acquire(100);
        engine.settle(settled, How.success(50));
        return engine;
    }

    private static Object run(UnifiedJedis jedis, String line) {
        String command = line.substring("redis-cli ".length()).replace("$(date +%s%3N)", "9999999999999");
        List<String> words = Pattern.compile("'([^']*)'|(\\S+)")
                .matcher(command)
                .results()
                .map(match -> match.group(1) != null ? match.group(1) : match.group(2))
                .toList();
        CommandArguments arguments = new CommandArguments(() -> words.get(0).getBytes(StandardCharsets.US_ASCII));
        words.subList(1, words.size()).forEach(arguments::add);
        return jedis.executeCommand(arguments);
    }

    private static boolean isEmpty(@Nullable Object answer) {
        return answer == null || (answer instanceof Collection<?> list && list.isEmpty());
    }

    private static String text(@Nullable Object answer) {
        if (answer instanceof byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
        return answer instanceof Collection<?> list
                ? list.stream().map(KeyspaceDocumentTest::text).toList().toString()
                : String.valueOf(answer);
    }
}
