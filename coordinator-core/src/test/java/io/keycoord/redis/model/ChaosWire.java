package io.keycoord.redis.model;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what a client and a Redis say to each other, word by word, and keeps the bytes. */
final class ChaosWire {
    /** A command or a reply: a text, or a list of these. */
    record Item(Object value, ByteArrayOutputStream bytes) {}

    private final InputStream in;
    private ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    ChaosWire(InputStream in) {
        this.in = in;
    }

    /** The next whole item; null where the stream ends, be it within one. */
    @Nullable
    Item read() {
        bytes = new ByteArrayOutputStream();
        try {
            Object value = item();
            return new Item(value, bytes);
        } catch (IOException e) {
            return null;
        }
    }

    private Object item() throws IOException {
        String line = line();
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '$', '=', '!' -> bulk(Integer.parseInt(rest));
            case '*', '~', '>' -> items(Integer.parseInt(rest));
            case '%' -> items(2 * Integer.parseInt(rest));
            case '-' -> "error " + rest;
            default -> rest;
        };
    }

    private List<Object> items(int count) throws IOException {
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(item());
        }
        return list;
    }

    private String bulk(int length) throws IOException {
        if (length < 0) {
            return "";
        }
        byte[] text = in.readNBytes(length + 2);
        if (text.length < length + 2) {
            throw new EOFException();
        }
        bytes.writeBytes(text);
        return new String(text, 0, length, StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException();
            }
            line.write(c);
        }
        line.writeTo(bytes);
        bytes.write('\n');
        return line.toString(StandardCharsets.UTF_8).stripTrailing();
    }
}
