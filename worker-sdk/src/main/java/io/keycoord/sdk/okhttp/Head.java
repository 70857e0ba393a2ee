package io.keycoord.sdk.okhttp;

import io.keycoord.sdk.AnswerHead;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
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
    /**
     * Reads the head.
     *
     * @throws IOException if the answer breaks off; it is closed then
     */
    static Head of(Response response) throws IOException {
        ByteString bytes = peek(response);
        boolean whole = bytes.size() < AnswerHead.MOST_BYTES;
        Response kept = whole ? inMemory(response, bytes) : response;
        return new Head(kept, isEncoded(response) ? ByteString.EMPTY : bytes, whole);
    }

    private static ByteString peek(Response response) throws IOException {
        try {
            return response.peekBody(AnswerHead.MOST_BYTES).byteString();
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

    private static boolean isEncoded(Response response) {
        return response.header("Content-Encoding") != null;
    }

    /** What can be said of an answer before its body is read. */
    static AnswerHead unread(Response response) {
        return AnswerHead.unread(response.code(), headers(response), mediaType(response));
    }

    /** The same with what was read. */
    AnswerHead of(AnswerHead unread) {
        return unread.with(bytes.toByteArray(), whole);
    }

    /** All headers, by names of any case; several values of one are joined by commas. */
    static Map<String, String> headers(Response response) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String name : response.headers().names()) {
            headers.put(name, String.join(",", response.headers(name)));
        }
        return headers;
    }
}
