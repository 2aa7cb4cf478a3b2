package dev.parley.proxy.udp;

import java.io.IOException;
import java.io.Serial;

/** The process has no file descriptor or local port left: Parley's own want, for which no endpoint is to blame. */
final class NoSocketsLeft extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    NoSocketsLeft(String message) {
        super(message);
    }
}
