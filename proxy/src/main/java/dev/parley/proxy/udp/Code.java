package dev.parley.proxy.udp;

/** What a call on a datagram socket answers where it is not a length, which is 0 or more: a datagram may be empty. */
final class Code {
    /** Nothing to read, or no room to send. */
    static final int AGAIN = -1;
    /** Larger than the way there takes. */
    static final int TOO_LARGE = -2;
    /** An earlier datagram came back refused (ICMP port unreachable, RFC 792): nobody listens there. */
    static final int REFUSED = -3;
    /** The system knows no way there. */
    static final int UNREACHABLE = -4;
    /** Anything else. */
    static final int FAILED = -5;

    private Code() {}

    /** As a person would say it; a constant. */
    static String text(int code) {
        return switch (code) {
            case AGAIN -> "the send buffer is full";
            case TOO_LARGE -> "message too long";
            case REFUSED -> "connection refused";
            case UNREACHABLE -> "no route to host";
            default -> "the socket failed";
        };
    }
}
