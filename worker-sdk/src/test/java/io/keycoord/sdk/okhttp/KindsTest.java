package io.keycoord.sdk.okhttp;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.Outcome.Kind;
import io.keycoord.Usage;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.simulator.Dialect;
import io.keycoord.simulator.Fault;
import io.keycoord.simulator.FaultKind;
import io.keycoord.simulator.Latency;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kind of call over OkHttp: leased for its model and size, and settled with what the provider says it has used. */
class KindsTest {
    private static final String TEXT = "word ".repeat(40);

    enum Call {
        CHAT(Dialect.OPENAI, "/chat/completions", "'max_tokens':90,'messages':[{'role':'user','content':'%s'}]", 90),
        CHAT_STREAM(Dialect.OPENAI, "/chat/completions", "'stream':true," + CHAT.fields, 90),
        ROUTED_STREAM(Dialect.OPENROUTER, "/chat/completions", "'stream':true," + CHAT.fields, 90),
        TEXT_PLAIN(Dialect.OPENAI, "/completions", "'max_tokens':45,'prompt':['%s','and'],'n':1", 90),
        TEXT_STREAM(Dialect.OPENROUTER, "/completions", "'stream':true,'max_tokens':90,'prompt':'%s'", 90),
        EMBEDDINGS(Dialect.OPENAI, "/embeddings", "'input':['%s','and']", 0),
        EMBEDDED_TOKENS(Dialect.OPENROUTER, "/embeddings", "'input':[[1,2,3],[4,5,6]]", 0),
        RESPONSE(Dialect.OPENAI, "/responses", "'max_output_tokens':90,'instructions':'be brief','input':'%s'", 90),
        RESPONSE_STREAM(Dialect.OPENAI, "/responses", "'stream':true," + RESPONSE.fields, 90),
        LONG_RESPONSE(Dialect.OPENROUTER, "/responses", "'stream':true,'max_output_tokens':32000,'input':'%s'", 32_000),
        MESSAGE(Dialect.ANTHROPIC, "/messages", "'system':'be brief'," + CHAT.fields, 90),
        MESSAGE_STREAM(Dialect.ANTHROPIC, "/messages", "'stream':true," + CHAT.fields, 90),
        CONTENTS(Dialect.GEMINI, "/models/sim:generateContent", "'contents':[{'parts':[{'text':'%s'}]}]", 0),
        CONTENTS_STREAM(Dialect.GEMINI, "/models/sim:streamGenerateContent?alt=sse", CONTENTS.fields, 0),
        CONTENTS_LIST(Dialect.GEMINI, "/models/sim:streamGenerateContent", CONTENTS.fields, 0);

        final Dialect dialect;
        final String path;
        final String fields;
        final long output;

        Call(Dialect dialect, String path, String fields, long output) {
            this.dialect = dialect;
            this.path = path;
            this.fields = fields;
            this.output = output;
        }

        boolean isStream() {
            return name().endsWith("STREAM") || this == LONG_RESPONSE;
        }

        String body() {
            String named = dialect == Dialect.GEMINI ? "{" : "{'model':'sim','stream_options':{'include_usage':true},";
            return (named + fields + "}").formatted(TEXT).replace('\'', '"');
        }
    }

    private static ProviderSimulator start(Call call) {
        return ProviderSimulator.start(SimulatorConfig.builder()
                .dialect(call.dialect)
                .latency(Latency.none())
                .account(SimulatedAccount.builder("a").key("a1", "secret-of-a1").build())
                .build());
    }

    private static FakeCoordinator keys(Call call, ProviderSimulator provider) {
        return new FakeCoordinator(call.dialect.name().toLowerCase(Locale.ROOT), provider.baseUrl(), key("a1", "a"));
    }

    private static int send(Call call, ProviderSimulator provider, FakeCoordinator keys) throws IOException {
        CallOptions once = CallOptions.standard().withMaxAttempts(1);
        Request request = new Request.Builder()
                .url(provider.baseUrl() + call.path)
                .header("anthropic-version", "2023-06-01")
                .post(RequestBody.create(call.body(), Provider.JSON))
                .build();
        try (Response response = LeasedHttp.newClient(keys, FakeCoordinator.POOL, once)
                .newCall(request)
                .execute()) {
            assertThat(response.body().string()).isNotEmpty();
            return response.code();
        }
    }

    @ParameterizedTest
    @EnumSource
    void itIsLeasedAndSettledWithItsTrueUsage(Call call) throws Exception {
        try (ProviderSimulator provider = start(call)) {
            FakeCoordinator keys = keys(call, provider);

            assertThat(send(call, provider, keys)).isEqualTo(200);

            LeaseRequest asked = keys.requests.get(0);
            Usage usage = keys.outcome().usage().orElseThrow();
            assertThat(asked.model()).isEqualTo("sim");
            assertThat(asked.outputTokens()).isEqualTo(call.output);
            assertThat(asked.inputTokens()).isBetween(usage.inputTokens(), 2 * usage.inputTokens());
            assertThat(keys.outcome().kind()).isEqualTo(Kind.SUCCESS);
            assertThat(usage.tokens()).isEqualTo(provider.stats().total().tokensUsed());
        }
    }

    @ParameterizedTest
    @EnumSource
    void errorInsideASuccessIsSeen(Call call) throws Exception {
        try (ProviderSimulator provider = start(call)) {
            FakeCoordinator keys = keys(call, provider);
            provider.script(Fault.ofAll(FaultKind.STREAM_ERROR));

            send(call, provider, keys);

            assertThat(keys.outcome().kind()).isEqualTo(Kind.PROVIDER_FAILED);
        }
    }

    @ParameterizedTest
    @EnumSource
    void streamWithoutItsEndIsBroken(Call call) throws Exception {
        if (!call.isStream()) {
            return;
        }
        try (ProviderSimulator provider = start(call)) {
            FakeCoordinator keys = keys(call, provider);
            provider.script(Fault.ofAll(FaultKind.CUT_STREAM));

            try {
                send(call, provider, keys);
            } catch (IOException e) {
                assertThat(e).as("chunked without its last chunk").isNotNull();
            }

            assertThat(keys.outcome().kind()).isEqualTo(Kind.PROVIDER_FAILED);
        }
    }

    /** GE1 to GE10, as objects and as lists with one. */
    @ParameterizedTest
    @CsvSource({
        "INVALID_KEY, 0, KEY_FAILED, SUSPECT",
        "LEAKED_KEY, 0, KEY_FAILED, DEAD",
        "NOT_PERMITTED, 0, KEY_FAILED, ERROR",
        "RATE_LIMIT, 25, RATE_LIMITED, ACCOUNT_MODELS/PT25S",
        "RATE_LIMIT, 0, RATE_LIMITED, ACCOUNT_MODELS/PT5S",
        "IN_FLIGHT_BUDGET, 30, RATE_LIMITED, ACCOUNT/PT30S",
        "INSUFFICIENT_CREDITS, 0, RATE_LIMITED, ACCOUNT/PT15M",
        "PRECONDITION, 0, RATE_LIMITED, ACCOUNT/PT15M",
        "SERVER_ERROR, 0, PROVIDER_FAILED, ''",
        "OVERLOADED, 7, PROVIDER_FAILED, ENDPOINT/PT7S"
    })
    void refusalsOfGeminiMeanWhatTheySay(FaultKind fault, int hintSeconds, Kind kind, String what) throws Exception {
        for (Call call : new Call[] {Call.CONTENTS, Call.CONTENTS_STREAM, Call.CONTENTS_LIST}) {
            try (ProviderSimulator provider = start(call)) {
                FakeCoordinator keys = keys(call, provider);
                Fault plain = Fault.ofAll(fault);
                provider.script(hintSeconds == 0 ? plain : plain.withHint(Duration.ofSeconds(hintSeconds)));

                assertThat(send(call, provider, keys)).isBetween(400, 599);

                Outcome outcome = keys.outcome();
                assertThat(outcome.kind()).isEqualTo(kind);
                String told = kind == Kind.KEY_FAILED
                        ? String.valueOf(outcome.failure())
                        : outcome.block().scope() == Outcome.Scope.NONE
                                ? ""
                                : outcome.block().scope() + "/"
                                        + outcome.block().duration();
                assertThat(told).isEqualTo(what);
            }
        }
    }
}
