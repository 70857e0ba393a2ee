package io.keycoord.config;

import static io.keycoord.config.Configs.documentWithKey;
import static io.keycoord.config.Configs.documentWithLimits;
import static io.keycoord.config.Configs.documentWithPool;
import static io.keycoord.config.Configs.mistakes;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong documents, and every word they are answered. */
class ConfigMistakesTest {
    private static final String LIMITS_NOTHING = "limits nothing, expected \"requests\", \"tokens\", \"inputTokens\","
            + " \"outputTokens\", \"money\" or \"concurrency\"";
    private static final String MONEY = "expected a rate of money such as \"50 USD/month\" or \"2.50 USD/day\"";
    private static final String RATE =
            "expected a rate such as \"500/min\", \"200k/min\", \"1.5M/day\", \"60/10s\" or \"100 per minute\"";
    private static final String DURATION = "expected a duration such as \"250ms\", \"60s\", \"2m\", \"1h\" or \"1d\"";
    private static final String ID =
            "expected an id: 1 to 64 letters, digits, '.', '_' and '-', with a letter or a digit at the beginning";
    private static final String URL = "expected an absolute address such as \"https://openrouter.ai/api/v1\"";
    private static final String PROVIDERS = "expected one of openrouter, openai, azure, anthropic, gemini, groq,"
            + " mistral, deepseek, together, bedrock, openai-compatible; openai-compatible stands for any other";

    @ParameterizedTest
    @MethodSource({"pools", "breakers", "headrooms", "urls"})
    void mistakesInPoolsAreTold(String fields, List<String> mistakes) {
        String json = documentWithPool(fields + ", \"keys\": [{\"id\": \"k\", \"secret\": \"env:K\"}]");
        assertThat(mistakes(json)).isEqualTo(at("line 3: pools[0]", mistakes));
    }

    static Stream<Arguments> pools() {
        String strategies = "expected one of \"most-headroom\", \"round-robin\", \"least-in-flight\", \"weighted\"";
        String fields = "expected one of id, provider, baseUrl, strategy, leaseTtl, breaker, whenAllUnhealthy,"
                + " headroom, whenRedisIsDown, durability, headers, accounts, keys, keysFrom, tenants, overall, prices, revision";
        return Stream.of(
                row("'strategy': 'fastest'", ".strategy is \"fastest\", " + strategies),
                row("'strategy': 7", ".strategy is 7, " + strategies),
                row(
                        "'strategy': 'weighted', 'strategy': 'weighted'",
                        " has the field \"strategy\" twice, first on line 3"),
                row(
                        "'leaseTtl': '999ms'",
                        ".leaseTtl is \"999ms\", expected a duration from 1s to 1h in whole milliseconds"),
                row(
                        "'leaseTtl': '61m'",
                        ".leaseTtl is \"61m\", expected a duration from 1s to 1h in whole milliseconds"),
                row("'revision': -1", ".revision is -1, expected a whole number from 0 to 1000000000000"),
                row("'revision': 1.5", ".revision is 1.5, expected a whole number from 0 to 1000000000000"),
                row("'revision': '7'", ".revision is \"7\", expected a whole number from 0 to 1000000000000"),
                row("'leaseTtl': '2 weeks'", ".leaseTtl is \"2 weeks\", " + DURATION),
                row("'leaseTtl': '1500.5ms'", ".leaseTtl is \"1500.5ms\", " + DURATION),
                row("'leaseTtl': 120", ".leaseTtl is 120, " + DURATION),
                row("'leaseTtl': null", ".leaseTtl is null, " + DURATION),
                row(
                        "'whenRedisIsDown': 'maybe'",
                        ".whenRedisIsDown is \"maybe\", expected one of \"closed\", \"local-share\", \"open\""),
                row("'durability': 'disk'", ".durability is \"disk\", expected one of \"none\", \"replica\", \"aof\""),
                row("'durability': 1", ".durability is 1, expected one of \"none\", \"replica\", \"aof\""),
                row(
                        "'whenRedisIsDown': true",
                        ".whenRedisIsDown is true, expected one of \"closed\", \"local-share\", \"open\""),
                row(
                        "'whenAllUnhealthy': 'panic'",
                        ".whenAllUnhealthy is \"panic\", expected one of \"deny\", \"least-bad\""),
                row("'headers': 'none'", ".headers is \"none\", expected an object of header names and values"),
                row(
                        "'headers': {'authorization': 'x', 'X-A': 'a ', 'x a': '1', 'X-B': 7, 'x-b': '2'}",
                        ".headers.authorization cannot be set here: the client itself writes this header, from the leased"
                                + " key and the call",
                        ".headers.X-A has a value of 2 characters (not shown) that cannot be sent; expected 1 to 4000"
                                + " printable ASCII characters without blanks at the ends",
                        ".headers.(\"x a\") is not the name of an HTTP header; expected letters, digits and '-', at most 100",
                        ".headers.X-B is not a text, expected the value of the header in quotes",
                        ".headers.x-b is the same header as pools[0].headers.X-B on line 3"),
                row(
                        "'keysFrom': 'keys.jsonl', 'shadow': true, 'killSwitch': 'deny'",
                        ".keysFrom is \"keys.jsonl\": only a configuration that is loaded from a file may name others",
                        ".shadow is not supported by this version",
                        ".killSwitch is not supported by this version"),
                row(
                        "'tenants': [{'id': 't', 'overall': {}}, {'id': 't'}, {'id': '', 'limits': [{'requests': '0/min'}]}]",
                        ".tenants[0].overall " + LIMITS_NOTHING,
                        ".tenants[1].id is \"t\", as is pools[0].tenants[0].id on line 3; expected distinct ids of tenants",
                        ".tenants[2].id is \"\", " + ID,
                        ".tenants[2].limits[0].requests has the amount 0, expected a whole number from 1 to 149497083 per"
                                + " 1m, where the arithmetic is exact"),
                row(
                        "'overall': {'money': '5 EUR/day', 'colour': 1}",
                        ".overall.money is \"5 EUR/day\", " + MONEY,
                        ".overall has the unknown field \"colour\", expected one of mode, burst, arrivalJitter, refund,"
                                + " counted, requests, tokens, inputTokens, outputTokens, money, concurrency"),
                row(
                        "'prices': {'version': 'a b', 'models': [{'models': '*', 'input': '2.50 USD', 'request': '2 EUR'}]}",
                        ".prices.version is \"a b\", " + ID,
                        ".prices.models[0].input is \"2.50 USD\", expected a price of a million tokens such as \"2.50 USD/1M\","
                                + " at most 1000 USD",
                        ".prices.models[0].request is \"2 EUR\", expected a price of a call such as \"0.005 USD\", at most"
                                + " 1000 USD"),
                row("'prices': {'version': 'v'}", ".prices has no prices, expected at least one in \"models\""),
                row("'colour': 1", " has the unknown field \"colour\", " + fields),
                row("'a\\u001b[1mb': 1", " has the unknown field \"a\\u001b[1mb\", " + fields));
    }

    static Stream<Arguments> headrooms() {
        return Stream.of(
                row("'headroom': 20", ".headroom is 20, expected an object"),
                row(
                        "'headroom': {'interactive': 5}",
                        ".headroom has the unknown field \"interactive\", expected one of normal, batch, ageing"),
                row(
                        "'headroom': {'normal': -1, 'batch': 91, 'ageing': '999ms'}",
                        ".headroom.normal is -1, expected a whole number from 0 to 90",
                        ".headroom.batch is 91, expected a whole number from 0 to 90",
                        ".headroom.ageing is \"999ms\", expected a duration from 1s to 1h in whole milliseconds"),
                row(
                        "'headroom': {'normal': 30, 'batch': 29}",
                        ".headroom.batch is 29, expected a whole number from 30 to 90"));
    }

    static Stream<Arguments> breakers() {
        return Stream.of(
                row("'breaker': []", ".breaker is a list, expected an object"),
                row(
                        "'breaker': {'errorRate': 1e999999999}",
                        ".breaker.errorRate is 1e999999999, expected a number from"
                                + " 0.001 to 1, a share of the calls"),
                row(
                        "'breaker': {'coolDown': '20m', 'maxCoolDown': '10m'}",
                        ".breaker.maxCoolDown is \"10m\", expected a"
                                + " duration from 20m to 7d in whole milliseconds"),
                row(
                        "'breaker': {'errors': 0, 'window': '2h', 'coolDown': '99ms', 'minCalls': 1.5, 'errorRate': 0,"
                                + " 'consecutive': 1e3, 'colour': 1}",
                        ".breaker.errors is 0, expected a whole number from 1 to 1000",
                        ".breaker.window is \"2h\", expected a duration from 1s to 1h in whole milliseconds",
                        ".breaker.coolDown is \"99ms\", expected a duration from 100ms to 1d in whole milliseconds",
                        ".breaker.minCalls is 1.5, expected a whole number from 1 to 10000",
                        ".breaker.errorRate is 0, expected a number from 0.001 to 1, a share of the calls",
                        ".breaker.consecutive is 1e3, expected a whole number from 1 to 1000",
                        ".breaker has the unknown field \"colour\", expected one of errors, window, coolDown,"
                                + " maxCoolDown, minCalls, errorRate, consecutive"));
    }

    static Stream<Arguments> urls() {
        String clear = ", expected https: over http the secret would travel in clear; http is for loopback hosts only"
                + " (localhost, 127.0.0.1, [::1])";
        String hidden = ".baseUrl has a user, a query or a fragment (not shown, it may hold a secret), " + URL;
        return Stream.of(
                row("'baseUrl': 'http://api.example/v1'", ".baseUrl is \"http://api.example/v1\"" + clear),
                row("'baseUrl': 'http://127.evil.example'", ".baseUrl is \"http://127.evil.example\"" + clear),
                row("'baseUrl': 'HTTP://localhost.example'", ".baseUrl is \"HTTP://localhost.example\"" + clear),
                row("'baseUrl': 'https://user:geheim@api.example'", hidden),
                row("'baseUrl': 'https://api.example?key=geheim'", hidden),
                row("'baseUrl': 'https://api.example/#top'", hidden),
                row("'baseUrl': 'api.example'", ".baseUrl is \"api.example\", " + URL),
                row("'baseUrl': '/v1'", ".baseUrl is \"/v1\", " + URL),
                row("'baseUrl': 'ftp://api.example'", ".baseUrl is \"ftp://api.example\", " + URL),
                row("'baseUrl': 'https://a b'", ".baseUrl is \"https://a b\", " + URL),
                row("'baseUrl': 'https:api.example'", ".baseUrl is \"https:api.example\", " + URL),
                row("'baseUrl': 'https://api.example:99999'", ".baseUrl is \"https://api.example:99999\", " + URL),
                row("'baseUrl': 5", ".baseUrl is 5, " + URL));
    }

    @ParameterizedTest
    @MethodSource
    void mistakesInKeysAreTold(String key, List<String> mistakes) {
        assertThat(mistakes(documentWithKey(key))).isEqualTo(at("line 3: pools[0].keys[0]", mistakes));
    }

    static Stream<Arguments> mistakesInKeysAreTold() {
        return Stream.of(
                row("{'id': 'two words', 'secret': 'env:K'}", ".id is \"two words\", " + ID),
                row("{'id': '-a', 'secret': 'env:K'}", ".id is \"-a\", " + ID),
                row("{'id': {}, 'secret': 'env:K'}", ".id is an object, " + ID),
                row("{'secret': 'env:K'}", ".id is missing, " + ID),
                row(
                        "{'id': 'k', 'secret': 'env:K', 'weight': 0}",
                        ".weight is 0, expected a whole number from 1 to 100"),
                row(
                        "{'id': 'k', 'secret': 'env:K', 'weight': 99999999999999999999999}",
                        ".weight is 99999999999999999999999, expected a whole number from 1 to 100"),
                row(
                        "{'id': 'k', 'secret': 'env:K', 'weight': '2'}",
                        ".weight is \"2\", expected a whole number from 1 to 100"),
                row("{'id': 'k', 'secret': 'env:K', 'overall': {}}", ".overall " + LIMITS_NOTHING),
                row(
                        "{'id': 'k', 'secret': 'env:K', 'overall': {'models': 'x', 'concurrency': 3}}",
                        ".overall has the unknown field \"models\", expected one of mode, burst, arrivalJitter, refund,"
                                + " counted, requests, tokens, inputTokens, outputTokens, money, concurrency"),
                row(
                        "{'id': 'k', 'secret': 'env:K', 'tenants': ['a', 'b c']}",
                        ".tenants[1] is \"b c\", " + ID,
                        ".tenants[0] is \"a\", expected one of the pool's tenants, []"),
                row(
                        "{'id': 'k', 'secret': 'env:K', 'tenants': []}",
                        ".tenants is a list, expected a list of ids of the pool's tenants, at least one"),
                row("7", " is 7, expected an object"));
    }

    @ParameterizedTest
    @MethodSource({"rates", "options", "entries"})
    void mistakesInLimitsAreTold(String limits, List<String> mistakes) {
        assertThat(mistakes(documentWithLimits(limits))).isEqualTo(at("line 3: pools[0].keys[0].limits", mistakes));
    }

    static Stream<Arguments> rates() {
        return Stream.of(
                row("{'requests': '500'}", "[0].requests is \"500\", " + RATE),
                row("{'requests': 500}", "[0].requests is 500, " + RATE),
                row("{'requests': '-5/min'}", "[0].requests is \"-5/min\", " + RATE),
                row("{'requests': '5m/min'}", "[0].requests is \"5m/min\", " + RATE),
                row("{'requests': '5/fortnight'}", "[0].requests is \"5/fortnight\", " + RATE),
                row("{'requests': ''}", "[0].requests is \"\", " + RATE),
                row(
                        "{'requests': '5/week'}",
                        "[0].requests is \"5/week\", " + RATE
                                + "; the longest windows are month and 31d, write weeks in days"),
                row(
                        "{'requests': {'limit': '5/month', 'mode': 'bucket'}}",
                        "[0].requests.limit is per month, but the mode is \"bucket\"; expected \"fixed-window\", or 31d"),
                row(
                        "{'requests': {'limit': '5/month', 'resets': 'pacific'}}",
                        "[0].requests.resets is for windows of a day only, and a month is one of UTC"),
                row("{'money': '5/day'}", "[0].money is \"5/day\", " + MONEY),
                row(
                        "{'money': '5 USD/week'}",
                        "[0].money is \"5 USD/week\", " + MONEY
                                + "; the longest windows are month and 31d, write weeks in days"),
                row(
                        "{'requests': '50 USD/day'}",
                        "[0].requests is \"50 USD/day\", " + RATE + "; amounts of money belong into \"money\""),
                row(
                        "{'requests': '1.5/min'}",
                        "[0].requests is \"1.5/min\", expected a rate with a whole amount; write \"3/2s\" for one and a"
                                + " half a second"),
                row(
                        "{'requests': ['20/min', '30/60s']}",
                        "[0].requests has two limits per 1m, expected each window once"),
                row("{'requests': []}", "[0].requests is an empty list, " + RATE + ", or a list of such rates"),
                row("{'requests': ['20/min', ['1/s']]}", "[0].requests[1] is a list, " + RATE),
                row("{'tokens': ['1k/min', 'x']}", "[0].tokens[1] is \"x\", " + RATE),
                row(
                        "{'requests': ['1/s', '2/min', '3/h', '4/2h', '5/day']}",
                        "[0].requests has 5 windows, expected at most 4"),
                row(
                        "{'requests': ['20/min', '1000/day'], 'burst': 5, 'mode': 'bucket'}",
                        "[0].burst does not say of what; expected it beside one rate such as \"requests\", or inside,"
                                + " as {\"limit\": \"500/min\", \"burst\": 50}"),
                row("{'requests': '0/min'}", "[0].requests" + amount("0", "149497083", "1m")),
                row("{'tokens': '149497084/min'}", "[0].tokens" + amount("149497084", "149497083", "1m")),
                row("{'tokens': '104249690/day'}", "[0].tokens" + amount("104249690", "104249689", "1d")),
                row("{'tokens': '10M/31d'}", "[0].tokens" + amount("10000000", "3362902", "31d")),
                row("{'tokens': '151M/s'}", "[0].tokens" + amount("151000000", "150000000", "1s")),
                row(
                        "{'requests': '5/32d'}",
                        "[0].requests has the window 32d, expected a duration from 1ms to 31d in whole milliseconds"),
                row(
                        "{'requests': '5/0s'}",
                        "[0].requests has the window 0s, expected a duration from 1ms to 31d in whole milliseconds"));
    }

    private static String amount(String amount, String most, String window) {
        return " has the amount " + amount + ", expected a whole number from 1 to " + most + " per " + window
                + ", where the arithmetic is exact";
    }

    static Stream<Arguments> options() {
        String jitter =
                ".arrivalJitter is \"31s\", expected a duration from 0s to 10s in whole milliseconds (at most half"
                        + " the window, and 10s)";
        String noBurst =
                ".burst is for the mode \"bucket\" and for tokens in the mode \"sliding-window\", but these are"
                        + " requests in the mode ";
        return Stream.of(
                row("{'requests': {'mode': 'bucket'}}", "[0].requests.limit is missing, " + RATE),
                row("{'requests': {'limit': 5}}", "[0].requests.limit is 5, " + RATE),
                row(
                        "{'requests': {'limit': '5/min', 'size': 1}}",
                        "[0].requests has the unknown field \"size\", expected one of limit, resets, mode, burst,"
                                + " arrivalJitter, refund, counted"),
                row(
                        "{'requests': {'limit': '5/min', 'mode': 'leaky', 'refund': 'all', 'counted': 'never', 'resets':"
                                + " 'cet'}}",
                        "[0].requests.resets is \"cet\", expected one of \"utc\", \"pacific\"",
                        "[0].requests.mode is \"leaky\", expected one of \"bucket\", \"sliding-window\","
                                + " \"fixed-window\"",
                        "[0].requests.refund is \"all\", expected one of \"none\", \"safe\"",
                        "[0].requests.counted is \"never\", expected one of \"admission\", \"completion\""),
                row(
                        "{'requests': {'limit': '500/min', 'burst': 600, 'arrivalJitter': '31s'}}",
                        "[0].requests" + jitter,
                        "[0].requests.burst is 600, expected a whole number from 1 to the amount, 500"),
                row("{'requests': '500/min', 'arrivalJitter': '31s'}", "[0]" + jitter),
                row(
                        "{'requests': {'limit': '500/min', 'mode': 'sliding-window', 'burst': 50, 'resets': 'utc'}}",
                        "[0].requests.resets is for the mode \"fixed-window\" only, but the mode is \"sliding-window\"",
                        "[0].requests" + noBurst + "\"sliding-window\""),
                row(
                        "{'requests': '500/min', 'mode': 'fixed-window', 'burst': 50}",
                        "[0]" + noBurst + "\"fixed-window\""),
                row(
                        "{'requests': {'limit': '500/min', 'mode': 'fixed-window', 'resets': 'pacific'}}",
                        "[0].requests.limit has the window 1m, expected 1d, as it resets once a day"),
                row(
                        "{'requests': {'limit': '500/7s', 'mode': 'fixed-window'}}",
                        "[0].requests.limit has a window of 7s, but the mode is \"fixed-window\"; expected a window that"
                                + " divides the day evenly, such as 10s, 1m, 1h or 1d"),
                row(
                        "{'tokens': {'limit': '500/min', 'mode': 'sliding-window', 'burst': 500}}",
                        "[0].tokens.burst is 500, expected less than the amount: in a sliding window what is not granted"
                                + " at once flows at a steady rate"),
                row(
                        "{'tokens': {'limit': '1/min', 'mode': 'sliding-window'}}",
                        "[0].tokens has the amount 1, expected at least 2 tokens in a sliding window"),
                row(
                        "{'tokens': {'limit': '200k/min', 'burst': 834}}",
                        "[0].tokens has a burst of 834, but 834 tokens may flow in during its arrivalJitter of 250ms,"
                                + " which the burst must exceed; expected a burst of at least 835 or a shorter"
                                + " arrivalJitter"));
    }

    static Stream<Arguments> entries() {
        String whose = "[0].burst does not say of what; expected it beside one rate such as \"requests\", or inside,"
                + " as {\"limit\": \"500/min\", \"burst\": 50}";
        String nothing = "[0] " + LIMITS_NOTHING;
        return Stream.of(
                row("{'requests': '5/min', 'tokens': '5k/min', 'burst': 3}", whose),
                row("{'concurrency': 3, 'burst': 3}", whose),
                row("{'concurrency': 0}", "[0].concurrency is 0, expected a whole number from 1 to 1000000"),
                row(
                        "{'concurrency': 1000001}",
                        "[0].concurrency is 1000001, expected a whole number from 1 to 1000000"),
                row("{}", nothing),
                row("{'mode': 'bucket'}", nothing),
                row(
                        "{'models': '', 'concurrency': 1}",
                        "[0].models is \"\", expected a pattern of model names such as \"openai/*\": 1 to 200 characters"
                                + " without blanks"),
                row("{'credits': '5/min', 'concurrency': 1}", "[0].credits is not supported by this version"),
                row(
                        "{'models': 'a*', 'concurrency': 1}, {'models': 'a*b', 'concurrency': 1}",
                        "[1].models is \"a*b\", which can never be used: pools[0].keys[0].limits[0] on line 3 matches"
                                + " first, with \"a*\"; expected narrower patterns before wider ones"),
                row(
                        "{'concurrency': 1}, {'models': '*', 'concurrency': 1}",
                        "[1].models is \"*\", which can never be used: pools[0].keys[0].limits[0] on line 3 matches"
                                + " first, with \"*\"; expected narrower patterns before wider ones"));
    }

    @ParameterizedTest
    @MethodSource
    void mistakesInDocumentsAreTold(String json, List<String> mistakes) {
        assertThat(mistakes(json)).isEqualTo(at("line 1: ", mistakes));
    }

    static Stream<Arguments> mistakesInDocumentsAreTold() {
        String noKeys = "pools[0] has no keys, expected at least one in \"accounts\" or \"keys\"";
        return Stream.of(
                row("", "the document is empty, expected {\"pools\": [...]}"),
                row("[]", "the document is a list, expected an object"),
                row("{}", "pools is missing, expected a list of at least one pool"),
                row("{'pools': []}", "pools has no pool, expected a list of at least one pool"),
                row("{'pools': {}}", "pools is an object, expected a list of objects"),
                row(
                        "{'pools': [{}]}",
                        "pools[0].id is missing, " + ID,
                        "pools[0].provider is missing, " + PROVIDERS,
                        noKeys),
                row(
                        "{'pools': [{'id': 'p', 'provider': 'opnrouter'}]}",
                        "pools[0].provider is \"opnrouter\", " + PROVIDERS,
                        noKeys),
                row(
                        "{'pools': [{'id': 'p', 'provider': 'azure', 'keys': [{'id': 'k', 'secret': 'env:K'}]}]}",
                        "pools[0].baseUrl is missing, expected the address of the provider, as this provider has no"
                                + " common one"),
                row(
                        "{'pools': [7], 'tenants': [], 'x': 1}",
                        "pools[0] is 7, expected an object",
                        "tenants is not supported by this version",
                        "the document has the unknown field \"x\", expected one of pools"));
    }

    @Test
    void whoLimitsMoneyTellsThePrices() {
        String json = """
                {"pools": [{"id": "p", "provider": "openrouter", "keys": [{"id": "k", "secret": "env:K",
                  "overall": {"money": "5 USD/day"}}]}]}
                """;
        assertThat(mistakes(json))
                .containsExactly("line 1: pools[0] limits money, expected \"prices\" to tell what calls cost");
    }

    @Test
    void everyMistakeIsToldAtItsLine() {
        String json = """
                {"pools": [
                  {"id": "p", "provider": "openrouter",
                   "accounts": [
                     {"id": "a", "overall": {"concurrency": 3},
                      "keys": [{"id": "k", "secret": "env:K"},
                               {"id": "k", "secret": "env:K", "limits": []}]},
                     {"id": "a", "keys": []}],
                   "keys": [
                     {"id": "a", "secret": "env:K"},
                     {"id": "k", "secret": "env:K"}]},
                  {"id": "p", "provider": "openrouter", "accounts": []}
                ]}
                """;
        String accountIds = "; expected distinct ids of accounts (a key listed by itself is one)";
        String keyIds =
                "is \"k\", as is pools[0].accounts[0].keys[0].id on line 5; expected distinct ids of keys in a pool";
        assertThat(mistakes(json))
                .containsExactly(
                        "line 6: pools[0].accounts[0].keys[1].id " + keyIds,
                        "line 6: pools[0].accounts[0].keys[1].limits is not supported by this version",
                        "line 7: pools[0].accounts[1].id is \"a\", as is pools[0].accounts[0].id on line 4"
                                + accountIds,
                        "line 7: pools[0].accounts[1] has no keys, expected at least one in \"keys\"",
                        "line 9: pools[0].keys[0].id is \"a\", as is pools[0].accounts[0].id on line 4" + accountIds,
                        "line 10: pools[0].keys[1].id " + keyIds,
                        "line 11: pools[1].id is \"p\", as is pools[0].id on line 2; expected distinct ids of pools",
                        "line 11: pools[1] has no keys, expected at least one in \"accounts\" or \"keys\"");
    }

    @Test
    void seventeenLimitsAreTooMany() {
        StringBuilder limits = new StringBuilder("{'models': 'm0', 'concurrency': 1}");
        for (int i = 1; i < 17; i++) {
            limits.append(", {'models': 'm").append(i).append("', 'concurrency': 1}");
        }
        assertThat(mistakes(documentWithLimits(limits.toString().replace('\'', '"'))))
                .containsExactly("line 3: pools[0].keys[0].limits has 17 entries, expected at most 16");
    }

    private static Arguments row(String json, String... mistakes) {
        return Arguments.of(json.replace('\'', '"'), List.of(mistakes));
    }

    private static List<String> at(String place, List<String> mistakes) {
        return mistakes.stream().map(mistake -> place + mistake).toList();
    }
}
