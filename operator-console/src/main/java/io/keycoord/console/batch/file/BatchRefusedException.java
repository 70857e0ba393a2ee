package io.keycoord.console.batch.file;

/** The files given do not allow this batch to run. Nothing was sent, and the output is as it was. */
public final class BatchRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    public BatchRefusedException(String message) {
        super(message);
    }
}
