package dev.parley.proxy.tls;

import java.io.IOException;

/**
 * The peer closed its socket without the message that ends a TLS connection (close_notify): anybody on the way could have done
 * so, and what came may be a part of what was sent (RFC 8446 section 6.1). The end of input follows.
 */
public final class TruncatedException extends IOException {
    private static final long serialVersionUID = 1;

    TruncatedException() {
        super("the connection was closed without close_notify");
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
