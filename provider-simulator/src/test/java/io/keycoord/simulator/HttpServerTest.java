package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class HttpServerTest {

    private static final Latency SLOW = Latency.uniform(Duration.ofMinutes(5), Duration.ofMinutes(5));

    @Test
    void requestsSentTogetherAreAnsweredInOrder() throws IOException {
        try (ProviderSimulator provider = start(Latency.uniform(Duration.ofMillis(5), Duration.ofMillis(10)));
                RawCall call = new RawCall(provider)) {
            call.send(RawCall.post(Caller.body(1)) + RawCall.post(Caller.body(1)) + "GET /__stats HTTP/1.1\r\n\r\n");

            assertThat(call.readTo("gen-sim-1\"")).contains("200 OK");
            assertThat(call.readTo("gen-sim-2\"")).contains("200 OK");
            assertThat(call.readTo("\"completed\":2")).contains("200 OK");
        }
    }

    @Test
    void chunkedRequestBodiesAndContinueAreUnderstood() throws IOException {
        String body = Caller.body(1);
        try (ProviderSimulator provider = start(Latency.none());
                RawCall call = new RawCall(provider)) {
            call.send("POST /api/v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer " + Caller.SECRET
                    + "\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
            assertThat(call.readTo("\r\n\r\n")).startsWith("HTTP/1.1 100 Continue");
            call.send("5;x=y\r\n" + body.substring(0, 5) + "\r\n" + Integer.toHexString(body.length() - 5) + "\r\n"
                    + body.substring(5) + "\r\n0\r\nTrailer: x\r\n\r\n");

            assertThat(call.readTo("total_tokens")).contains("200 OK");
        }
    }

    @Test
    void oldAndClosingCallersGetTheirConnectionClosed() throws IOException {
        String old = RawCall.post(Caller.streamed(5)).replace("HTTP/1.1", "HTTP/1.0");
        try (ProviderSimulator provider = start(Latency.none());
                RawCall first = new RawCall(provider);
                RawCall second = new RawCall(provider)) {
            first.send(old);
            second.send(RawCall.post(Caller.body(5)).replace("Host: sim", "Connection: close"));

            assertThat(first.readAll()).doesNotContain("chunked").endsWith("data: [DONE]\n\n");
            assertThat(second.readAll()).contains("Connection: close").contains("total_tokens");
        }
    }

    @Test
    void nonsenseIsRefused() throws IOException {
        try (ProviderSimulator provider = start(Latency.none())) {
            assertThat(answerTo(provider, "HELLO\r\n\r\n")).startsWith("HTTP/1.1 400 ");
            assertThat(answerTo(provider, "GET / HTTP/1.1\r\nno colon\r\n\r\n")).startsWith("HTTP/1.1 400 ");
            assertThat(answerTo(provider, "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"))
                    .startsWith("HTTP/1.1 400 ");
            assertThat(answerTo(provider, "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"))
                    .startsWith("HTTP/1.1 413 ");
            assertThat(answerTo(provider, "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\n\r\n"))
                    .startsWith("HTTP/1.1 431 ");
        }
    }

    @Test
    void callerThatGoesAwayFreesItsPlaceAtOnce() throws IOException {
        try (ProviderSimulator provider = start(SLOW)) {
            try (RawCall call = RawCall.chat(provider, Caller.body(5))) {
                await().until(() -> provider.stats().total().inFlight() == 1);
                call.send("GET /__stats HTTP/1.1\r\n");
            }
            await().until(() -> provider.stats().total().aborted() == 1);
            assertThat(provider.stats().total().inFlight()).isZero();
        }
    }

    @Test
    void tooManyConnectionsAreReset() throws IOException {
        SimulatorConfig config =
                Caller.config(Caller.account()).maxConnections(2).build();
        try (ProviderSimulator provider = ProviderSimulator.start(config)) {
            List<RawCall> calls = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                calls.add(RawCall.chat(provider, Caller.body(5)));
                calls.get(i).readTo("total_tokens");
            }
            try (RawCall third = new RawCall(provider)) {
                assertThatThrownBy(third::readAll).isInstanceOf(SocketException.class);
            }
            assertThat(provider.stats().connectionsRefused()).isEqualTo(1);
            for (RawCall call : calls) {
                call.close();
            }
            await().until(() -> provider.stats().connections() == 0);
            assertThat(Caller.chat(provider, Caller.body(5)).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void closeEndsWaitingAndSilentCallsAndAllThreads() throws IOException {
        ProviderSimulator provider = start(SLOW);
        provider.script(Fault.ofKey("a-1", FaultKind.SILENCE).withCalls(1));
        try (RawCall silent = RawCall.chat(provider, Caller.body(5))) {
            await().until(() -> provider.stats().total().inFlight() == 1);
            try (RawCall waiting = RawCall.chat(provider, Caller.body(5));
                    RawCall idle = new RawCall(provider)) {
                await().until(() -> provider.stats().total().inFlight() == 2
                        && provider.stats().connections() == 3);
                provider.close();
                provider.close();

                // On a busy machine threads may take longer to end than close() waits for them.
                await().until(() -> provider.stats().total().inFlight() == 0
                        && provider.stats().connections() == 0);
                assertThat(silent.readAll()).isEmpty();
                assertThat(idle.readAll()).isEmpty();
                assertThat(waiting.readAll()).isEmpty();
            }
        }
        assertThatThrownBy(() -> new RawCall(provider)).isInstanceOf(IOException.class);
    }

    @Test
    void takenPortIsNamed() {
        try (ProviderSimulator provider = start(Latency.none())) {
            SimulatorConfig same =
                    Caller.config(Caller.account()).port(provider.port()).build();
            assertThatThrownBy(() -> ProviderSimulator.start(same))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageStartingWith("cannot listen at 127.0.0.1:" + provider.port());
        }
    }

    private static String answerTo(ProviderSimulator provider, String request) throws IOException {
        try (RawCall call = new RawCall(provider)) {
            call.send(request);
            return call.readTo("\r\n\r\n");
        }
    }

    private static ProviderSimulator start(Latency latency) {
        return ProviderSimulator.start(
                Caller.config(Caller.account()).latency(latency).build());
    }
}
