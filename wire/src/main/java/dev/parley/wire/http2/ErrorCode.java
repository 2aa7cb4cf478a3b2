package dev.parley.wire.http2;

/** Why a stream or a connection is ended, as RST_STREAM and GOAWAY say it (RFC 9113, section 7). The ordinal is the code. */
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

    private static final ErrorCode[] BY_CODE = values();

    /** As it stands in a frame. */
    public int code() {
        return ordinal();
    }

    /** What the code of a frame means; a code that is not registered is taken for INTERNAL_ERROR, as section 7 allows. */
    public static ErrorCode of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : INTERNAL_ERROR;
    }
}
