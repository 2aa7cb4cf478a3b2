package dev.parley.proxy.tls;

import dev.parley.telemetry.metrics.HandshakeResult;
import java.io.IOException;

/**
 * A handshake failed, or the protocol was broken after it: which of the known reasons it is, and what there is to say beyond
 * that. Carries no stack: peers can have as many of these as they like.
 */
public final class TlsFailure extends IOException {
    private static final long serialVersionUID = 1;

    private final HandshakeResult result;

    public TlsFailure(HandshakeResult result, String detail) {
        super(detail);
        this.result = result;
    }

    public HandshakeResult result() {
        return result;
    }

    /** What there is to say, as a person would say it, without a full stop. */
    public String detail() {
        return String.valueOf(getMessage());
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
