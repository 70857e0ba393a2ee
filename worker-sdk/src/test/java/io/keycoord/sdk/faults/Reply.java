package io.keycoord.sdk.faults;

import io.keycoord.sdk.faults.MisbehavingProvider.Call;
import io.keycoord.sdk.faults.MisbehavingProvider.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What a provider does with one call. */
interface Reply {
    String PLAIN = "{\"id\":\"g\",\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"content\":\"Hi\"}}],"
            + "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}";
    String CHUNK = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n";
    String LAST = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";
    String JSON = "application/json";
    String EVENTS = "text/event-stream";

    /** A success, of the kind that the call has asked for. */
    Reply GOOD =
            (call, wire) -> wire.text(call.streamed() ? whole(200, EVENTS, CHUNK + LAST) : whole(200, JSON, PLAIN));

    void to(Call call, Wire wire) throws IOException;

    /** An answer of JSON with more headers, as in {@code "Retry-After: 5"}. */
    static Reply answers(int status, String body, String... headers) {
        return sends(status, JSON, body, headers);
    }

    static Reply sends(int status, String type, String body, String... headers) {
        return (call, wire) -> wire.text(whole(status, type, body, headers));
    }

    /** An answer whose headers promise a body of so many bytes, of which {@code body} is all that is sent at once. */
    static Reply begins(String type, int length, String body, End end) {
        return (call, wire) -> {
            wire.text(head(200, type, "Content-Length: " + length) + body);
            end.of(wire);
        };
    }

    /** A stream without a length, which ends with the connection. */
    static Reply streams(String body, End end) {
        return (call, wire) -> {
            wire.text(head(200, EVENTS, "Connection: close") + body);
            end.of(wire);
        };
    }

    /** A good stream that stands still for a time before {@code rest}. */
    static Reply pauses(String begin, Duration pause, String rest) {
        return (call, wire) -> {
            wire.text(head(200, EVENTS, "Connection: close") + begin);
            pause(pause);
            wire.text(rest);
            wire.end();
        };
    }

    /** Nothing at all. */
    static Reply nothing(End end) {
        return (call, wire) -> end.of(wire);
    }

    /** How a connection goes on when a reply has said what it says. */
    interface End {
        End SILENCE = Wire::silence;
        End RESET = Wire::reset;
        End CLOSE = Wire::end;

        void of(Wire wire) throws IOException;
    }

    private static void pause(Duration pause) throws IOException {
        try {
            // Nobody ever counts it down: a wait that ends with its time.
            boolean unused = new CountDownLatch(1).await(pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static String whole(int status, String type, String body, String... headers) {
        String length = "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length;
        return head(status, type, length, headers) + body;
    }

    private static String head(int status, String type, String length, String... headers) {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Said\r\n" + length + "\r\n");
        if (!type.isEmpty()) {
            head.append("Content-Type: ").append(type).append("\r\n");
        }
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        return head + "\r\n";
    }
}
