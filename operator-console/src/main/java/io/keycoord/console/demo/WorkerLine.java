package io.keycoord.console.demo;

import java.util.Optional;

/**
 * What a worker says, a line each. A line ends with a mark, so that one cut short by {@code kill -9} is told from a
 * whole one. Times are microseconds since the start of the demand.
 */
sealed interface WorkerLine {

    /** Ready to start. */
    record Ready() implements WorkerLine {}

    /**
     * A request is asked for; whether anybody is free to make it is another matter.
     *
     * @param tokens prompt and maximum of the answer, as the provider counts them
     */
    record Asked(int number, long atMicros, long tokens) implements WorkerLine {}

    /**
     * A call is over.
     *
     * @param status the answer's, or 0 if there was none
     * @param sentMicros when it was sent the last time; -1 if it never was
     */
    record Done(int number, int status, long sentMicros, long endMicros) implements WorkerLine {}

    /** Everything is over. */
    record Ended() implements WorkerLine {}

    String MARK = " .";

    /** The line without its line feed. */
    default String text() {
        if (this instanceof Asked asked) {
            return "asked " + asked.number + " " + asked.atMicros + " " + asked.tokens + MARK;
        }
        if (this instanceof Done done) {
            return "done " + done.number + " " + done.status + " " + done.sentMicros + " " + done.endMicros + MARK;
        }
        return (this instanceof Ready ? "ready" : "ended") + MARK;
    }

    /**
     * Reads a line.
     *
     * @return empty for one that was cut short
     * @throws IllegalArgumentException for one that no worker writes
     */
    static Optional<WorkerLine> parse(String line) {
        if (!line.endsWith(MARK)) {
            return Optional.empty();
        }
        String[] words = line.substring(0, line.length() - MARK.length()).split(" ", -1);
        try {
            return Optional.of(
                    switch (words[0]) {
                        case "ready" -> new Ready();
                        case "asked" ->
                            new Asked(Integer.parseInt(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
                        case "done" ->
                            new Done(
                                    Integer.parseInt(words[1]),
                                    Integer.parseInt(words[2]),
                                    Long.parseLong(words[3]),
                                    Long.parseLong(words[4]));
                        case "ended" -> new Ended();
                        default -> throw new IllegalArgumentException("unknown word");
                    });
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw new IllegalArgumentException("a worker said '" + line + "', which is no line of the demo", e);
        }
    }
}
