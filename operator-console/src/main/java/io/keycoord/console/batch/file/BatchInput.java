package io.keycoord.console.batch.file;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The input of a batch: an index of its lines and its digest. The lines themselves stay in the file, which may be
 * larger than the memory. Lines are counted from 1; blank ones are counted and are no work. Safe for use by many
 * threads once opened.
 */
public final class BatchInput implements Closeable {

    /** Longer lines are answered with an error. */
    public static final int MAX_LINE_BYTES = 16 << 20;

    private final Path path;
    private final FileChannel channel;
    private final LineIndex index = new LineIndex();
    private final MessageDigest digest = sha256();
    private InputIdentity identity = new InputIdentity("", 0);

    private BatchInput(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * Reads the whole file once.
     *
     * @throws BatchRefusedException if it is no readable file, holds no line of work, or repeats a custom_id
     */
    public static BatchInput open(Path path) throws IOException, BatchRefusedException {
        if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
            throw new BatchRefusedException("the input " + path + " is not a file that can be read");
        }
        BatchInput input = new BatchInput(path, FileChannel.open(path, StandardOpenOption.READ));
        try {
            input.scan();
            return input;
        } catch (IOException | BatchRefusedException | RuntimeException e) {
            input.close();
            throw e;
        }
    }

    /** Lines of work. They are addressed by their index, 0 to {@code size() - 1}. */
    public int size() {
        return index.size();
    }

    /** What makes this input another one than others. */
    public InputIdentity identity() {
        return identity;
    }

    /** The number in the file of the line of work at {@code i}. */
    public int number(int i) {
        return index.number(i);
    }

    /** The index of the line of work with this number in the file; negative if there is none. */
    public int indexOf(int number) {
        return index.indexOf(number);
    }

    /** Reads and parses the line of work at {@code i}. */
    public ParsedLine line(int i) throws IOException {
        int number = index.number(i);
        return index.length(i) > MAX_LINE_BYTES
                ? LineParser.tooLong(number, MAX_LINE_BYTES)
                : LineParser.parse(number, read(index.offset(i), index.length(i)));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private void scan() throws IOException, BatchRefusedException {
        CustomIds customIds = new CustomIds(i -> line(i).customId());
        try (InputStream file = Files.newInputStream(path);
                DigestInputStream in = new DigestInputStream(file, digest)) {
            LineReader lines = new LineReader(in, MAX_LINE_BYTES);
            for (int number = 1; lines.next(); number++) {
                add(number, lines, customIds);
            }
            identity = new InputIdentity(HexFormat.of().formatHex(digest.digest()), lines.offset() + lines.length());
        }
        if (size() == 0) {
            throw new BatchRefusedException("the input " + path + " has no line of work");
        }
    }

    private void add(int number, LineReader lines, CustomIds customIds) throws IOException, BatchRefusedException {
        byte[] bytes = lines.bytes();
        int bom = number == 1 && startsWithByteOrderMark(bytes) ? 3 : 0;
        if (!lines.isTooLong() && isBlank(bytes, bom)) {
            return;
        }
        index.add(number, lines.offset() + bom, (int) Math.min(lines.length() - bom, MAX_LINE_BYTES + 1L));
        String customId = line(index.size() - 1).customId();
        int earlier = customIds.addOrFind(customId, index.size() - 1);
        if (earlier >= 0) {
            throw new BatchRefusedException("the custom_id \"" + customId + "\" of line " + number + " is that of line "
                    + index.number(earlier) + " already, expected each once");
        }
    }

    private byte[] read(long offset, int length) throws IOException {
        ByteBuffer line = ByteBuffer.allocate(length);
        while (line.hasRemaining()) {
            if (channel.read(line, offset + line.position()) < 0) {
                throw new EOFException(path + " has become shorter while it was read");
            }
        }
        return line.array();
    }

    private static boolean startsWithByteOrderMark(byte[] bytes) {
        return bytes.length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF;
    }

    private static boolean isBlank(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
