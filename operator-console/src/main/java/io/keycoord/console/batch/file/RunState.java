package io.keycoord.console.batch.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The file beside an output that names the input it belongs to. Whoever holds it open holds the output: it is locked
 * until {@link #close}, and by the operating system no longer than its process lives.
 *
 * <p>The file is opened through this object only. On POSIX systems, closing any other handle of it in the same process
 * would end the lock.
 */
final class RunState implements Closeable {
    private static final String SUFFIX = ".keycoord";
    private static final int FORMAT = 1;
    private static final int MAX_BYTES = 4096;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path output;
    private final FileChannel channel;

    private RunState(Path output, FileChannel channel) {
        this.output = output;
        this.channel = channel;
    }

    /**
     * Locks the output.
     *
     * @throws BatchRefusedException if another process holds it, or if the output is none of ours
     */
    static RunState lock(Path output) throws IOException, BatchRefusedException {
        Path file = output.resolveSibling(output.getFileName() + SUFFIX);
        if (!isEmpty(output) && !Files.exists(file)) {
            throw new BatchRefusedException(
                    "the output " + output + " exists and was not written by a batch; name another one or remove it");
        }
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        if (tryLock(channel) == null) {
            channel.close();
            throw new BatchRefusedException("the output " + output + " is being written by another keycoord batch");
        }
        return new RunState(output, channel);
    }

    /**
     * Ties the output to this input, or checks that it is.
     *
     * @throws BatchRefusedException if the output has answers to another input
     */
    void bind(InputIdentity input) throws IOException, BatchRefusedException {
        String stored = read();
        if (isEmpty(output)) {
            write(input);
            return;
        }
        InputIdentity earlier = parse(stored);
        if (!earlier.equals(input)) {
            throw new BatchRefusedException("the output " + output + " has answers to another input (sha256 "
                    + earlier.sha256().substring(0, 12) + "…, " + earlier.bytes() + " bytes; this one is "
                    + input.sha256().substring(0, 12) + "…, " + input.bytes() + " bytes); name another output");
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static boolean isEmpty(Path file) throws IOException {
        return !Files.exists(file) || Files.size(file) == 0;
    }

    private InputIdentity parse(String stored) throws BatchRefusedException {
        try {
            JsonNode state = JSON.readTree(stored);
            String sha256 = state.path("input_sha256").asText();
            if (state.path("format").asInt() == FORMAT && sha256.length() == 64) {
                return new InputIdentity(sha256, state.path("input_bytes").asLong());
            }
        } catch (JsonProcessingException e) {
            // refused below like any other text that is no state
        }
        throw new BatchRefusedException("the file " + output + SUFFIX + " does not tell which input the output "
                + output + " belongs to, expected format " + FORMAT + "; name another output");
    }

    private String read() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MAX_BYTES);
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) > 0) {
            // until the file or the buffer ends
        }
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }

    private void write(InputIdentity input) throws IOException {
        String state = JSON.createObjectNode()
                .put("format", FORMAT)
                .put("input_sha256", input.sha256())
                .put("input_bytes", input.bytes())
                .toString();
        channel.truncate(0);
        ByteBuffer bytes = ByteBuffer.wrap((state + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes, bytes.position());
        }
        channel.force(true);
    }
}
