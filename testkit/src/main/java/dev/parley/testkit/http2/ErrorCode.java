package dev.parley.testkit.http2;

/** The error codes of RFC 9113, section 7, in the order of their numbers. */
public enum ErrorCode {
    NO_ERROR,
    PROTOCOL_ERROR,
    INTERNAL_ERROR,
    FLOW_CONTROL_ERROR,
    SETTINGS_TIMEOUT,
    STREAM_CLOSED,
    FRAME_SIZE_ERROR,
    REFUSED_STREAM,
    CANCEL,
    COMPRESSION_ERROR,
    CONNECT_ERROR,
    ENHANCE_YOUR_CALM,
    INADEQUATE_SECURITY,
    HTTP_1_1_REQUIRED;

    private static final ErrorCode[] BY_NUMBER = values();

    /** The number on the wire. */
    public int number() {
        return ordinal();
    }

    /** The code of a number; what RFC 9113 does not know counts as INTERNAL_ERROR, as its section 7 allows. */
    static ErrorCode of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : INTERNAL_ERROR;
    }
}
