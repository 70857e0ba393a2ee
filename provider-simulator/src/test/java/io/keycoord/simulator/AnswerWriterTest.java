package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the caller has at the very moment at which its place is given back. */
@Timeout(60)
class AnswerWriterTest {

    @Test
    void placeIsGivenBackJustBeforeTheLastByteOfAPlainAnswer() throws Exception {
        String seen = seenAtTheEnd(Caller.body(20), "\"is_byok\":false}");

        assertThat(seen).contains("\"usage\"").endsWith("\"is_byok\":false}");
    }

    @Test
    void placeIsGivenBackAfterTheUsageAndBeforeDone() throws Exception {
        String seen = seenAtTheEnd(Caller.streamed(20), "\"usage\"");

        assertThat(seen).contains("\"usage\"").doesNotContain("[DONE]");
    }

    /** The account's clock is read when the place is given back; then the caller reads what there is. */
    private static String seenAtTheEnd(String body, String awaited) throws Exception {
        StringBuilder seen = new StringBuilder();
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket caller = new Socket(listener.getInetAddress(), listener.getLocalPort());
                Socket server = listener.accept()) {
            NanoClock probe = () -> {
                seen.append(read(caller, seen.isEmpty() ? awaited : ""));
                return MovedClock.START;
            };
            write(body, server, probe);
        }
        return seen.toString();
    }

    private static void write(String body, Socket server, NanoClock probe) throws Exception {
        SimulatorConfig config = Caller.config(Caller.account()).build();
        AccountGate gate = new AccountGate(config.accounts().get(0), probe, new StatsBook(config.accounts()));
        KnownKey key = new KnownKey("a-1", "a", "label", gate);
        HttpRequest request = new HttpRequest("POST", "/", "", false, Map.of(), body);
        ChatCall call = new CallReader(1).read(new Served(Skin.CHAT, "", false, false), request);
        Exchange exchange = new Exchange(server, new HttpInput(server), server.getOutputStream(), request);
        new AnswerWriter(config, Errors.of(Dialect.OPENROUTER, NanoClock.system()), new MovedClock())
                .write(
                        new ChatEndpoint.Planned(1, key, call, new ChatEndpoint.Course(0, 0)),
                        Optional.empty(),
                        Verdict.Levels.NONE,
                        new AccountGate.Slot(key, call.used()),
                        exchange);
    }

    /** Everything up to {@code awaited}, and what has arrived beyond it. */
    private static String read(Socket caller, String awaited) {
        try {
            InputStream in = caller.getInputStream();
            StringBuilder text = new StringBuilder();
            while (text.indexOf(awaited) < 0) {
                text.append((char) in.read());
            }
            return text + new String(in.readNBytes(in.available()), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
