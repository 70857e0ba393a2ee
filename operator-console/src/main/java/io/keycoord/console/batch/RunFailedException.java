package io.keycoord.console.batch;

/** A batch that cannot go on. What was answered is in the output; started again, it goes on from there. */
public final class RunFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    RunFailedException(String message) {
        super(message);
    }
}
