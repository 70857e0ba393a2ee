package io.keycoord;

/**
 * Redis did not answer, or could not do what was asked. Whether the operation took effect is unknown; repeating it is
 * harmless, and what it may have reserved expires.
 */
public final class StoreUnavailableException extends CoordinatorException {
    private static final long serialVersionUID = 1L;

    public StoreUnavailableException(String operation, Throwable cause) {
        super(operation + ": " + reason(cause), cause);
    }

    private static String reason(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? "Redis did not answer" : message;
    }
}
