package io.keycoord.sdk;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ProtocolException;
import java.util.Objects;
import java.util.Optional;

/**
 * Failures of a transport without the secret of their call. A client quotes what it cannot read, such as the first line of an
 * answer, and a broken proxy may have put there what it was sent.
 */
public final class SecretFreeFailures {
    private SecretFreeFailures() {}

    /**
     * One that tells the same as a failure, but for the secret and for its causes; empty if the failure, with its causes and
     * those it has suppressed, does not tell the secret.
     */
    public static Optional<IOException> of(Throwable failure, String secret) {
        StringWriter whole = new StringWriter();
        failure.printStackTrace(new PrintWriter(whole));
        if (!whole.toString().contains(secret)) {
            return Optional.empty();
        }
        String message = Objects.requireNonNullElse(failure.getMessage(), "").replace(secret, "***");
        ProtocolException told = new ProtocolException(failure.getClass().getSimpleName() + ": " + message);
        told.setStackTrace(failure.getStackTrace());
        return Optional.of(told);
    }
}
