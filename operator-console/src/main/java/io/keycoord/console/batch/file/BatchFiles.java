package io.keycoord.console.batch.file;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.Map;

/**
 * The input and the output of a batch, held for one run. The output is locked against other processes until {@link
 * #close}, and gets each line at most once, whatever happened before. Not safe for use by several threads.
 *
 * <p>Beside the output {@code OUT} there is {@code OUT.keycoord}, which names the input by its digest.
 */
public final class BatchFiles implements Closeable {
    private final BatchInput input;
    private final RunState state;
    private final FileChannel out;
    private final BitSet done;
    private final Map<String, Integer> failures;
    private final int resumed;
    private boolean broken;

    private BatchFiles(BatchInput input, RunState state, FileChannel out, OutputScan earlier) {
        this.input = input;
        this.state = state;
        this.out = out;
        this.done = earlier.present();
        this.failures = earlier.failures();
        this.resumed = done.cardinality();
    }

    /**
     * Locks the output, reads the input once, and finds what was answered before. A torn last line is cut.
     *
     * @param retryFailed whether lines with an error are taken off the output, to be asked again
     * @throws BatchRefusedException if the files do not fit each other; they are as they were
     */
    public static BatchFiles open(Path input, Path output, boolean retryFailed)
            throws IOException, BatchRefusedException {
        Path target = target(input, output);
        BatchInput in = BatchInput.open(input);
        try {
            return open(in, target, RunState.lock(target), retryFailed);
        } catch (IOException | BatchRefusedException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    /** The input, by its lines. */
    public BatchInput input() {
        return input;
    }

    /** The first line of work from {@code index} on that has no output yet; {@code input().size()} if there is none. */
    public int nextOpen(int index) {
        return done.nextClearBit(index);
    }

    /** How many lines have an output by now. */
    public int done() {
        return done.cardinality();
    }

    /** How many lines had an output when this run began. */
    public int resumed() {
        return resumed;
    }

    /** How many lines of the output have an error, by its code. */
    public Map<String, Integer> failures() {
        return Map.copyOf(failures);
    }

    /**
     * Writes the output of a line.
     *
     * @throws IOException if the file cannot take it, for example because the disk is full. The output may end with a
     *     torn line then and takes no more lines; the next run cuts it.
     * @throws IllegalStateException if the line has an output already
     */
    public void append(OutputLine line) throws IOException {
        int index = input.indexOf(line.number());
        if (index < 0 || done.get(index) || broken) {
            throw new IllegalStateException("line " + line.number() + " cannot be written"
                    + (broken ? " after a write that failed" : ", expected a line of the input without output"));
        }
        broken = true;
        ByteBuffer bytes = ByteBuffer.wrap((line.json() + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
        broken = false;
        done.set(index);
        line.errorCode().ifPresent(code -> failures.merge(code, 1, Integer::sum));
    }

    /** Makes what was written survive a loss of power. */
    public void force() throws IOException {
        out.force(false);
    }

    @Override
    public void close() throws IOException {
        try (state;
                input;
                out) {
            if (out.isOpen()) {
                out.force(true);
            }
        }
    }

    private static BatchFiles open(BatchInput in, Path target, RunState state, boolean retryFailed)
            throws IOException, BatchRefusedException {
        try {
            state.bind(in.identity());
            OutputScan earlier = OutputScan.of(target, in, (json, failed) -> {});
            if (retryFailed && !earlier.failures().isEmpty()) {
                earlier = withoutFailed(target, in);
            }
            return new BatchFiles(in, state, openAt(target, earlier.end()), earlier);
        } catch (IOException | BatchRefusedException | RuntimeException e) {
            state.close();
            throw e;
        }
    }

    private static FileChannel openAt(Path target, long end) throws IOException {
        FileChannel out = FileChannel.open(target, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        out.truncate(end);
        return out.position(end);
    }

    // A second file takes the place of the first in one step, so that no answer is lost in a crash.
    private static OutputScan withoutFailed(Path target, BatchInput in) throws IOException, BatchRefusedException {
        Path kept = target.resolveSibling(target.getFileName() + ".keycoord.tmp");
        try (FileChannel channel = FileChannel.open(
                        kept,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel))) {
            OutputScan.of(target, in, (json, failed) -> {
                if (!failed) {
                    out.write(json);
                    out.write('\n');
                }
            });
            out.flush();
            channel.force(true);
        }
        Files.move(kept, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return OutputScan.of(target, in, (json, failed) -> {});
    }

    private static Path target(Path input, Path output) throws IOException, BatchRefusedException {
        Path absolute = output.toAbsolutePath();
        if (Files.exists(absolute) && !Files.isRegularFile(absolute)) {
            throw new BatchRefusedException("the output " + output + " is not a file");
        }
        Path directory = absolute.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new BatchRefusedException("the folder of the output " + output + " does not exist");
        }
        if (Files.exists(absolute) && Files.exists(input) && Files.isSameFile(input, absolute)) {
            throw new BatchRefusedException("the output " + output + " is the input, expected another file");
        }
        return Files.exists(absolute) ? absolute.toRealPath() : absolute;
    }
}
