package io.keycoord.simulator;

import java.io.IOException;

/** A request that is not HTTP/1.1 as this server reads it. */
final class BadHttp extends IOException {

    private final int status;

    BadHttp(int status, String message) {
        super(message);
        this.status = status;
    }

    int status() {
        return status;
    }
}
