package io.keycoord;

/** The thread was interrupted while it waited for a lease. Nothing is held, and the interrupt flag is set. */
public final class CoordinatorInterruptedException extends CoordinatorException {
    private static final long serialVersionUID = 1L;

    public CoordinatorInterruptedException(InterruptedException cause) {
        super("interrupted while waiting for a lease", cause);
    }
}
