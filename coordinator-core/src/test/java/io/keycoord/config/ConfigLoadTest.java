package io.keycoord.config;

import static io.keycoord.config.Configs.documentWithKey;
import static io.keycoord.config.Configs.documentWithPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.keycoord.Dimension;
import io.keycoord.config.RateLimit.Mode;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoadTest {
    private static final String SOLO = "{\"id\": \"solo\", \"secret\": \"env:K\"}";

    @Test
    void aPoolHasWhatTheDocumentSays() {
        PoolConfig pool = onlyPool(documentWithPool("""
                "baseUrl": "http://[::1]:8080/api/v1/", "strategy": "least-in-flight", "leaseTtl": "5s",
                "breaker": {"errors": 5, "window": "30s", "coolDown": "90s", "maxCoolDown": "1h", "minCalls": 20,
                            "errorRate": 0.5, "consecutive": 4},
                "whenRedisIsDown": "open", "durability": "replica", "whenAllUnhealthy": "least-bad", "revision": 42,
                "headers": {"HTTP-Referer": "https://my-app.example", "X-Title": "my app"},
                "accounts": [{"id": "a", "keys": [{"id": "a-1", "secret": "file:/run/secrets/a-1"}]}],
                "keys": [%s]""".formatted(SOLO)));

        BreakerConfig breaker = new BreakerConfig(
                5,
                Duration.ofSeconds(30),
                Duration.ofSeconds(90),
                Duration.ofHours(1),
                20,
                OptionalDouble.of(0.5),
                OptionalInt.of(4));
        assertThat(pool)
                .isEqualTo(PoolConfig.of(
                                "p",
                                "openrouter",
                                URI.create("http://[::1]:8080/api/v1"),
                                AccountConfig.of("a", KeyConfig.of("a-1", "file:/run/secrets/a-1")),
                                AccountConfig.of(KeyConfig.of("solo", "env:K")))
                        .withStrategy(Strategy.LEAST_IN_FLIGHT)
                        .withLeaseTtl(Duration.ofSeconds(5))
                        .withBreaker(breaker)
                        .withWhenAllUnhealthy(UnhealthyPolicy.LEAST_BAD)
                        .withWhenRedisIsDown(RedisDownPolicy.OPEN)
                        .withDurability(Durability.REPLICA)
                        .withHeaders(Map.of("HTTP-Referer", "https://my-app.example", "X-Title", "my app"))
                        .withRevision(42));
    }

    @Test
    void whatTheDocumentLeavesOutIsStandard() {
        PoolConfig pool = onlyPool(documentWithKey(SOLO));

        assertThat(pool)
                .isEqualTo(PoolConfig.of(
                        "p",
                        "openrouter",
                        URI.create("https://openrouter.ai/api/v1"),
                        AccountConfig.of(KeyConfig.of("solo", "env:K"))));
        assertThat(pool.leaseTtl()).isEqualTo(Duration.ofMinutes(2));
        assertThat(pool.strategy()).isEqualTo(Strategy.MOST_HEADROOM);
    }

    @Test
    void whatBatchCallsLeaveIsNeverLessThanWhatNormalOnesDo() {
        String keys = ", \"keys\": [" + SOLO + "]";
        assertThat(onlyPool(documentWithPool("\"headroom\": {}" + keys)).headroom())
                .isEqualTo(HeadroomConfig.STANDARD);
        assertThat(onlyPool(documentWithPool("\"headroom\": {\"normal\": 30, \"ageing\": \"5m\"}" + keys))
                        .headroom())
                .isEqualTo(new HeadroomConfig(30, 30, Duration.ofMinutes(5)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HeadroomConfig(30, 29, Duration.ofMinutes(5)))
                .withMessage("batch is 29, expected a whole number from 30 to 90");
    }

    @Test
    void aLongFirstRestRaisesTheLongestOne() {
        PoolConfig pool = onlyPool(documentWithPool("\"breaker\": {\"coolDown\": \"20m\"}, \"keys\": [" + SOLO + "]"));
        assertThat(pool.breaker().maxCoolDown()).isEqualTo(Duration.ofMinutes(20));
    }

    @Test
    void limitsKeepTheirOrderAndKeysTheirOwn() {
        AccountConfig account = onlyPool(documentWithPool("""
                                "accounts": [{"id": "a",
                                  "limits": [{"models": "*:free", "requests": "20/min"},
                                             {"requests": "500/min", "tokens": "200k/min", "concurrency": 20}],
                                  "keys": [{"id": "k", "secret": "env:K", "weight": 3, "overall": {"concurrency": 8}}]}]
                                """)).accounts().get(0);

        assertThat(account.limits()).extracting(LimitConfig::models).containsExactly("*:free", "*");
        assertThat(account.limits().get(1).concurrency()).hasValue(20);
        assertThat(account.limits().get(1).tokens().get(0).amount()).isEqualTo(200_000);
        assertThat(account.keys())
                .containsExactly(
                        KeyConfig.of("k", "env:K").withWeight(3).withOverall(LimitConfig.NONE.withConcurrency(8)));
    }

    @Test
    void anAccountMayBearTheIdOfAKeyInIt() {
        String json = documentWithPool("\"accounts\": [{\"id\": \"solo\", \"keys\": [" + SOLO + "]}]");
        assertThat(onlyPool(json).accounts().get(0).implicit()).isFalse();
    }

    @Test
    void poolsAreFoundByTheirIds() {
        CoordinatorConfig config = CoordinatorConfig.parse(documentWithKey(SOLO));
        assertThat(config.pool("p")).contains(config.pools().get(0));
        assertThat(config.pool("q")).isEmpty();
    }

    @Test
    void schemesOfOnesOwnAreAcceptedWhenNamed() {
        String json = documentWithKey("{\"id\": \"k\", \"secret\": \"vault:llm/a\"}");
        assertThat(CoordinatorConfig.parse(json, Set.of("vault"))
                        .pools()
                        .get(0)
                        .accounts()
                        .get(0)
                        .keys())
                .containsExactly(KeyConfig.of("k", "vault:llm/a"));
        assertThatThrownBy(() -> CoordinatorConfig.parse(json, Set.of("Vault!")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "scheme is \"Vault!\", expected lower-case letters, digits and '-', a letter first, at most 32");
    }

    @Test
    void theExampleForARealProviderLoads() {
        PoolConfig pool = CoordinatorConfig.load(Path.of("../examples/keycoord.openrouter.json"))
                .pool("openrouter")
                .orElseThrow();
        assertThat(pool.accounts()).extracting(AccountConfig::id).containsExactly("team-a", "team-b", "solo");
        assertThat(pool.accounts().stream().flatMap(account -> account.keys().stream()))
                .extracting(KeyConfig::secret)
                .allMatch(secret -> secret.startsWith("env:"));
        assertThat(pool.accounts().get(0).limits().get(0).requests().get(0).mode())
                .isEqualTo(RateLimit.Mode.FIXED_WINDOW);
    }

    @Test
    void aDimensionMayHaveSeveralWindows() {
        LimitConfig limits = Configs.limits(
                Configs.documentWithLimits(
                        "{\"models\": \"*\", \"requests\": [\"1000/day\", {\"limit\": \"20/min\", \"mode\": \"bucket\", \"burst\": 5}], \"tokens\": [\"40k/min\"]}"));

        assertThat(limits.requests()).extracting(RateLimit::amount).containsExactly(20L, 1_000L);
        assertThat(limits.requests().get(0).burst()).isEqualTo(5);
        assertThat(limits.tokens())
                .singleElement()
                .extracting(RateLimit::amount)
                .isEqualTo(40_000L);
    }

    @Test
    void aFileMayBeginWithAByteOrderMark(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("c.json"), "\uFEFF" + documentWithKey(SOLO));
        assertThat(CoordinatorConfig.load(file).pools()).hasSize(1);
    }

    @Test
    void filesThatCannotBeReadAreNamed(@TempDir Path folder) throws IOException {
        Path latin = Files.write(folder.resolve("latin.json"), "{\"ä\": 1}".getBytes(StandardCharsets.ISO_8859_1));
        Path missing = folder.resolve("missing.json");
        assertRefused(latin, latin + ": the file is not UTF-8, expected JSON in UTF-8");
        assertRefused(missing, missing + ": there is no such file");
        assertRefused(folder, folder + ": is a directory, expected a file of JSON");
    }

    @Test
    void theMessageNamesTheFileAndAllMistakes(@TempDir Path folder) throws IOException {
        Path one = Files.writeString(folder.resolve("one.json"), "{}");
        Path two = Files.writeString(folder.resolve("two.json"), "{\n\"a\": 1}");
        assertRefused(one, one + ": line 1: pools is missing, expected a list of at least one pool");
        assertRefused(
                two,
                two + ": 2 mistakes\n  line 1: pools is missing, expected a list of at least one pool"
                        + "\n  line 2: the document has the unknown field \"a\", expected one of pools");
    }

    @Test
    void aHundredThousandAccountsLoad() {
        StringBuilder keys = new StringBuilder();
        for (int i = 0; i < 100_000; i++) {
            keys.append(i == 0 ? "" : ",\n")
                    .append("{\"id\": \"k")
                    .append(i)
                    .append("\", \"secret\": \"env:K\", \"limits\": [{\"tokens\": \"1M/min\"}]}");
        }
        assertThat(onlyPool(documentWithKey(keys.toString())).accounts()).hasSize(100_000);
        assertThat(Configs.mistakes(documentWithKey(keys + ", " + SOLO)))
                .containsExactly("line 2: pools[0] has 100001 accounts, expected at most 100000");
    }

    private static PoolConfig onlyPool(String json) {
        return CoordinatorConfig.parse(json).pools().get(0);
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> CoordinatorConfig.load(file))
                .isInstanceOf(ConfigException.class)
                .hasMessage(message);
    }

    @Test
    void tenantsMoneyAndWhatHoldsOverallAreRead() {
        PoolConfig pool = onlyPool("""
                {"pools": [{"id": "p", "provider": "openrouter",
                  "prices": {"version": "2026-11", "models": [
                    {"models": "*:free"}, {"models": "*", "input": "2.50 USD/1M", "output": "10 USD/M", "request": "0.005 USD"}]},
                  "overall": {"concurrency": 100},
                  "tenants": [{"id": "search", "overall": {"tokens": "5M/day", "money": ["2 USD/day", "$50/month"]}}],
                  "accounts": [{"id": "a", "tenants": ["search"],
                    "limits": [{"models": "*", "inputTokens": "30k/min", "outputTokens": "8k/min"}],
                    "overall": {"money": "50 USD/month", "concurrency": 40, "requests": "10k/month"},
                    "keys": [{"id": "k", "secret": "env:K", "tenants": ["search"]}]}]}]}
                """);
        AccountConfig account = pool.accounts().get(0);
        TenantConfig tenant = pool.tenants().get(0);

        assertThat(account.tenants()).containsExactly("search");
        assertThat(account.keys().get(0).tenants()).containsExactly("search");
        assertThat(account.limits().get(0).rates()).containsOnlyKeys(Dimension.INPUT_TOKENS, Dimension.OUTPUT_TOKENS);
        RateLimit money = account.overall().rates(Dimension.MONEY).get(0);
        assertThat(money.amount()).isEqualTo(50_000_000);
        assertThat(money.mode()).isEqualTo(Mode.FIXED_MONTH);
        assertThat(account.overall().requests().get(0).mode()).isEqualTo(Mode.FIXED_MONTH);
        assertThat(tenant.overall().tokens().get(0).mode()).isEqualTo(Mode.FIXED_WINDOW);
        assertThat(tenant.overall().rates(Dimension.MONEY))
                .extracting(RateLimit::amount, RateLimit::mode)
                .containsExactly(tuple(2_000_000L, Mode.FIXED_WINDOW), tuple(50_000_000L, Mode.FIXED_MONTH));
        assertThat(pool.overall().concurrency()).hasValue(100);
        PriceTable prices = pool.prices().orElseThrow();
        assertThat(prices.version()).isEqualTo("2026-11");
        assertThat(prices.of("m:free").orElseThrow().cost(1_000, 1_000)).isZero();
        assertThat(prices.of("m").orElseThrow().cost(1_000, 200)).isEqualTo(2_500 + 2_000 + 5_000);
    }
}
