package dev.parley.telemetry.metrics;

/** What became of a TLS handshake: one word for metrics, access log and messages. */
public enum HandshakeResult {
    FULL("full", "It was done from the beginning."),
    RESUMED("resumed", "It was done with what an earlier connection had agreed on."),
    NOT_TLS("not-tls", "The first bytes were not TLS."),
    PLAIN_HTTP("plain-http", "The first bytes were HTTP without TLS."),
    MALFORMED("malformed", "The peer broke the protocol."),
    TIMEOUT("handshake-timeout", "It was not done in time."),
    CLOSED("closed-in-handshake", "The peer closed the connection before it was done."),
    NO_COMMON_VERSION("no-common-version", "The peer speaks no version of TLS that is allowed here."),
    NO_COMMON_CIPHER("no-common-cipher", "The peer has no cipher, group or signature in common with Parley."),
    NO_COMMON_PROTOCOL("no-common-protocol", "The peer offers none of the application protocols (ALPN) of this side."),
    UNKNOWN_NAME("unknown-name", "The client asked for a name that no certificate or route has."),
    CERTIFICATE_MISSING("certificate-missing", "The peer showed no certificate, and one is required."),
    CERTIFICATE_EXPIRED("certificate-expired", "The peer's certificate, or one that it hangs on, is out of date."),
    CERTIFICATE_NOT_YET_VALID("certificate-not-yet-valid", "The peer's certificate is not valid yet."),
    UNKNOWN_AUTHORITY("unknown-authority", "The peer's certificate comes from no authority that is trusted here."),
    WRONG_NAME("wrong-name", "The endpoint's certificate is not for the name that was asked for."),
    CERTIFICATE_REFUSED("certificate-refused", "The peer's certificate is of no use for this, or broken."),
    PEER_ALERT("peer-alert", "The peer ended the handshake with an alert, which the log names."),
    INTERNAL("internal", "Parley could not go on: a defect, or no memory.");

    private final String code;
    private final String meaning;

    HandshakeResult(String code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    /** Its stable code. */
    public String code() {
        return code;
    }

    /** What it means, in one sentence. */
    public String meaning() {
        return meaning;
    }
}
