package io.keycoord.sdk.okhttp;

import io.keycoord.sdk.UsageReader;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import okhttp3.MediaType;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.ByteString;

/**
 * The beginning of an answer, read before the caller gets it.
 *
 * @param response the answer, still whole for the caller; from memory if all of it was read, so that its connection is
 *     free again
 * @param bytes at most 64 KiB of the body; none if it is encoded in a way that cannot be read here
 * @param whole whether that is all of it
 */
record Head(Response response, ByteString bytes, boolean whole) {
    private static final int MOST = 64 << 10;

    /**
     * Reads the head.
     *
     * @throws IOException if the answer breaks off; it is closed then
     */
    static Head of(Response response) throws IOException {
        ByteString bytes = peek(response);
        boolean whole = bytes.size() < MOST;
        Response kept = whole ? inMemory(response, bytes) : response;
        return new Head(kept, isEncoded(response) ? ByteString.EMPTY : bytes, whole);
    }

    private static ByteString peek(Response response) throws IOException {
        try {
            return response.peekBody(MOST).byteString();
        } catch (IOException e) {
            response.close();
            throw e;
        }
    }

    private static Response inMemory(Response response, ByteString bytes) {
        MediaType type = response.body().contentType();
        response.close();
        return response.newBuilder().body(ResponseBody.create(bytes, type)).build();
    }

    /** {@code application/json}, without parameters, in lower case; empty if the body cannot be read here. */
    static String mediaType(Response response) {
        MediaType type = response.body().contentType();
        return type == null || isEncoded(response) ? "" : (type.type() + "/" + type.subtype()).toLowerCase(Locale.ROOT);
    }

    static boolean isJson(Response response) {
        return UsageReader.isJson(mediaType(response));
    }

    private static boolean isEncoded(Response response) {
        return response.header("Content-Encoding") != null;
    }

    Map<String, String> headers() {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String name : response.headers().names()) {
            header(response, name).ifPresent(value -> headers.put(name, value));
        }
        return headers;
    }

    /** A header's values as one. */
    static Optional<String> header(Response response, String name) {
        List<String> values = response.headers(name);
        return values.isEmpty() ? Optional.empty() : Optional.of(String.join(",", values));
    }
}
