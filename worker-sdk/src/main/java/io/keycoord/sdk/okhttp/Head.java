package io.keycoord.sdk.okhttp;

import io.keycoord.sdk.AnswerHead;
import io.keycoord.sdk.UsageReader;
import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;
import okhttp3.Headers;
import okhttp3.MediaType;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSource;

/** The beginning of an answer, read before the caller gets it. */
final class Head {
    private final Response response;
    private final byte[] bytes;
    private final boolean whole;

    private Head(Response response, byte[] bytes, boolean whole) {
        this.response = response;
        this.bytes = bytes;
        this.whole = whole;
    }

    /**
     * Reads the head.
     *
     * @throws IOException if the answer breaks off; it is closed then
     */
    static Head of(Response response) throws IOException {
        BufferedSource source = response.body().source();
        boolean whole = !hasMost(response, source);
        byte[] bytes = whole
                ? source.readByteArray()
                : source.getBuffer().snapshot(AnswerHead.MOST_BYTES).toByteArray();
        Response kept = whole ? inMemory(response, bytes) : response;
        return new Head(kept, isEncoded(response) ? new byte[0] : bytes, whole);
    }

    private static boolean hasMost(Response response, BufferedSource source) throws IOException {
        try {
            return source.request(AnswerHead.MOST_BYTES);
        } catch (IOException e) {
            response.close();
            throw e;
        }
    }

    private static Response inMemory(Response response, byte[] bytes) {
        MediaType type = response.body().contentType();
        response.close();
        return response.newBuilder().body(ResponseBody.create(bytes, type)).build();
    }

    /** {@code application/json}, without parameters, in lower case; empty if the body cannot be read here. */
    static String mediaType(Response response) {
        String type = response.header("Content-Type");
        return type == null || isEncoded(response) ? "" : UsageReader.mediaType(type);
    }

    private static boolean isEncoded(Response response) {
        return response.header("Content-Encoding") != null;
    }

    /** The answer, still whole for the caller; from memory if all of it was read, so that its connection is free again. */
    Response response() {
        return response;
    }

    /** What can be said of an answer before its body is read. */
    static AnswerHead unread(Response response, String mediaType) {
        return AnswerHead.unread(response.code(), headers(response.headers()), mediaType);
    }

    /** The same with what was read: at most 64 KiB, nothing of a body that is encoded in a way that cannot be read here. */
    AnswerHead of(AnswerHead unread) {
        return unread.with(bytes, whole);
    }

    /** By names of any case; several values of one are joined by commas. */
    static SortedMap<String, String> headers(Headers all) {
        SortedMap<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int i = 0; i < all.size(); i++) {
            headers.merge(all.name(i), all.value(i), (one, more) -> one + "," + more);
        }
        return headers;
    }
}
