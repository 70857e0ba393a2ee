package io.keycoord.simulator;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads requests one after another from a connection. For one thread. */
final class HttpReader {

    private static final int LARGEST_BODY = 16 * 1024 * 1024;
    private static final int MOST_HEADERS = 200;

    private final HttpInput in;
    private final OutputStream out;

    HttpReader(HttpInput in, OutputStream out) {
        this.in = in;
        this.out = out;
    }

    /** The next request; empty if the caller closed the connection in between. */
    Optional<HttpRequest> next(int idleMillis, int requestMillis) throws IOException {
        in.timeout(idleMillis);
        int first = in.read();
        if (first < 0) {
            return Optional.empty();
        }
        in.timeout(requestMillis);
        return Optional.of(request((char) first + in.line()));
    }

    private HttpRequest request(String line) throws IOException {
        String[] parts = line.split(" ", -1);
        if (parts.length != 3 || !parts[2].startsWith("HTTP/1.")) {
            throw new BadHttp(400, "the request line is not 'METHOD /path HTTP/1.1'");
        }
        Map<String, String> headers = headers();
        expectContinue(headers);
        String body = new String(body(headers), StandardCharsets.UTF_8);
        int mark = parts[1].indexOf('?');
        String path = mark < 0 ? parts[1] : parts[1].substring(0, mark);
        String query = mark < 0 ? "" : parts[1].substring(mark + 1);
        return new HttpRequest(parts[0], path, query, parts[2].equals("HTTP/1.0"), headers, body);
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new HashMap<>();
        int count = 0;
        for (String line = in.line(); !line.isEmpty(); line = in.line()) {
            int colon = line.indexOf(':');
            if (colon < 1 || ++count > MOST_HEADERS) {
                throw new BadHttp(400, "a header line has no name, or there are more than " + MOST_HEADERS);
            }
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return headers;
    }

    private void expectContinue(Map<String, String> headers) throws IOException {
        if ("100-continue".equalsIgnoreCase(headers.get("expect"))) {
            out.write(HttpInput.ascii("HTTP/1.1 100 Continue\r\n\r\n"));
            out.flush();
        }
    }

    private byte[] body(Map<String, String> headers) throws IOException {
        if (headers.getOrDefault("transfer-encoding", "")
                .toLowerCase(Locale.ROOT)
                .contains("chunked")) {
            return chunkedBody();
        }
        String length = headers.get("content-length");
        return length == null ? new byte[0] : in.bytes(size(length, 10, 0));
    }

    private byte[] chunkedBody() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = chunkSize(0); size > 0; size = chunkSize(body.size())) {
            body.writeBytes(in.bytes(size));
            in.line();
        }
        while (!in.line().isEmpty()) {
            // trailers carry nothing for us
        }
        return body.toByteArray();
    }

    private int chunkSize(int before) throws IOException {
        String line = in.line();
        int extension = line.indexOf(';');
        return size((extension < 0 ? line : line.substring(0, extension)).strip(), 16, before);
    }

    private static int size(String text, int radix, int before) throws BadHttp {
        long size;
        try {
            size = Long.parseUnsignedLong(text, radix);
        } catch (NumberFormatException e) {
            throw new BadHttp(400, "the length of the body is no number");
        }
        if (size < 0 || size > LARGEST_BODY - before) {
            throw new BadHttp(413, "the body is larger than " + LARGEST_BODY + " bytes");
        }
        return (int) size;
    }
}
