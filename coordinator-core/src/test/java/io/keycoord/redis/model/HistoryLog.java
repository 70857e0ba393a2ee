package io.keycoord.redis.model;

import io.keycoord.model.Verb;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The file of one worker: a line for each call before it is sent, and one for each reply. What is written reaches the
 * operating system at once, so it is there when the worker has been killed.
 */
final class HistoryLog implements AutoCloseable {
    private static final String SENT = "sent";
    private static final String HEARD = "heard";
    private static final int HEAD = 4;

    private final OutputStream out;
    private final StringBuilder unwritten = new StringBuilder();

    HistoryLog(Path file) throws IOException {
        out = new FileOutputStream(file.toFile());
    }

    /** Returns when the line stands in the file, and all that was heard before. */
    void sent(int link, String pool, Verb verb, List<String> args) throws IOException {
        line(SENT, "" + link, pool, verb.name(), String.join("\t", args));
        write();
    }

    void heard(int link, List<String> reply) {
        line(HEARD, "" + link, String.join("\t", reply));
    }

    private void line(String... words) {
        unwritten.append(String.join("\t", words)).append('\n');
    }

    private void write() throws IOException {
        out.write(unwritten.toString().getBytes(StandardCharsets.UTF_8));
        unwritten.setLength(0);
    }

    @Override
    public void close() throws IOException {
        write();
        out.close();
    }

    /** A history in the order in which it was played. */
    static void write(Path file, List<HistoryCall> calls) throws IOException {
        Files.createDirectories(file.getParent());
        try (HistoryLog log = new HistoryLog(file)) {
            for (HistoryCall call : calls) {
                log.sent(0, call.pool(), call.verb(), call.args());
                log.heard(0, call.reply());
            }
        }
    }

    /** All calls of a file by connection, in the order in which they were sent; without a reply where none was heard. */
    static Map<Integer, List<HistoryCall>> read(Path file, String worker) throws IOException {
        Map<Integer, List<HistoryCall>> calls = new LinkedHashMap<>();
        String text = Files.readString(file);
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
            String[] words = line.split("\t", -1);
            List<HistoryCall> link = calls.computeIfAbsent(Integer.valueOf(words[1]), n -> new ArrayList<>());
            if (words[0].equals(SENT)) {
                link.add(new HistoryCall(
                        worker + "/" + words[1], words[2], Verb.valueOf(words[3]), after(words, HEAD), List.of()));
            } else {
                link.set(link.size() - 1, link.get(link.size() - 1).replied(after(words, 2)));
            }
        }
        return calls;
    }

    private static List<String> after(String[] words, int first) {
        return Arrays.asList(words).subList(first, words.length);
    }
}
