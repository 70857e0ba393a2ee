package io.keycoord;

import org.jspecify.annotations.Nullable;

/** The root of what a coordinator throws when it is not the caller's argument that is wrong. */
public abstract class CoordinatorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CoordinatorException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
