package dev.parley.wire.http1;

/**
 * Why bytes were refused: the status to answer with, a stable code, and what is wrong with what to do about it.
 *
 * <p>Faults of a request are the client's and answered 4xx, or 501 and 505 for what is understood and not offered. The
 * same faults in a response are the server's and answered 502 with a code of their own, so that a log tells them apart.
 */
public enum Refusal {
    METHOD(400, "method", "The method is not a token followed by one space."),
    METHOD_TOO_LONG(501, "method-too-long", "The method is longer than 32 bytes. No registered method is."),
    CONNECT(501, "connect", "CONNECT asks for a tunnel to anywhere, which is not offered here."),
    TARGET(400, "target", "The request target is neither a path, an http or https URL, nor OPTIONS with an asterisk."),
    TARGET_BYTE(400, "target-byte", "The request target has a byte that a URL cannot hold. Percent-encode it."),
    TARGET_ENCODING(400, "target-encoding", "The request target has a percent sign without two hex digits behind it."),
    TARGET_NUL(400, "target-nul", "The path has an encoded NUL, at which some servers cut it short."),
    DOT_SEGMENT(400, "dot-segment", "The path has a '.' or '..' segment. Send the path that they lead to."),
    TARGET_TOO_LONG(414, "target-too-long", "The request target is longer than the listener allows."),
    VERSION_SYNTAX(
            400, "version-syntax", "The request line does not end with one space, HTTP/1.1 or HTTP/1.0, and CRLF."),
    VERSION(505, "version", "The version is neither HTTP/1.0 nor HTTP/1.1. Speak HTTP/1.1 here."),
    HOST_MISSING(400, "host-missing", "HTTP/1.1 requires a Host field, and there is none."),
    HOST_REPEATED(400, "host-repeated", "There is more than one Host field. Send one."),
    HOST_INVALID(400, "host-invalid", "The host is not a name or an address with an optional port up to 65535."),
    HOST_CONFLICT(400, "host-conflict", "The target's authority and the Host field differ. Send the same in both."),
    EXPECTATION(417, "expectation", "The only expectation that can be met is 100-continue."),

    HEAD_TOO_LARGE(431, "head-too-large", "The head is larger than the listener allows."),
    TOO_MANY_FIELDS(431, "too-many-fields", "The head has more fields than the listener allows."),
    BARE_LINE_FEED(400, "bare-line-feed", "A line ends with LF alone. Lines end with CRLF."),
    BARE_CARRIAGE_RETURN(400, "bare-carriage-return", "A CR is not followed by LF. Lines end with CRLF."),
    FOLDING(400, "folding", "A line begins with whitespace, which folds it into the line before. Send one line."),
    FIELD_NAME(400, "field-name", "A field's name is empty or not a token."),
    FIELD_NAME_SPACE(400, "field-name-space", "There is whitespace between a field's name and its colon."),
    FIELD_VALUE(400, "field-value", "A field's value has a control character."),
    LENGTH_INVALID(400, "length-invalid", "Content-Length is not a decimal number below 2^63."),
    LENGTH_REPEATED(400, "length-repeated", "There is more than one Content-Length. Send one."),
    LENGTH_AND_CODING(
            400, "length-and-coding", "There are both Content-Length and Transfer-Encoding. Send one of them."),
    CODING_INVALID(
            400, "coding-invalid", "Transfer-Encoding is malformed, or chunked is not its last and only chunking."),
    CODING_REPEATED(400, "coding-repeated", "There is more than one Transfer-Encoding. Send one."),
    CODING_UNKNOWN(501, "coding-unknown", "The only transfer coding that is understood is chunked."),
    CODING_MISPLACED(400, "coding-misplaced", "HTTP/1.0 has no Transfer-Encoding."),
    CONNECTION_OPTION(400, "connection-option", "Connection is not a list of at most 32 tokens."),
    CONNECTION_NOMINATES(400, "connection-nominates", "Connection names a field that routes or frames the message."),

    PSEUDO_UNKNOWN(400, "pseudo-unknown", "A pseudo-field is not known, or not allowed in such a head."),
    PSEUDO_REPEATED(400, "pseudo-repeated", "A pseudo-field is there twice. Send one."),
    PSEUDO_MISSING(400, "pseudo-missing", "One of :method, :scheme and :path is missing."),
    PSEUDO_LATE(400, "pseudo-late", "A pseudo-field stands behind a field. Pseudo-fields go first."),
    SCHEME(400, "scheme", "The scheme is neither http nor https."),
    FIELD_NAME_CAPITALS(400, "field-name-capitals", "A field's name has capitals, which HTTP/2 does not allow."),
    FIELD_VALUE_BLANK(400, "field-value-blank", "A field's value begins or ends with whitespace over HTTP/2."),
    CONNECTION_SPECIFIC(
            400, "connection-specific", "A field speaks of the connection, which HTTP/2 does not allow in a message."),
    LENGTH_WITHOUT_BODY(
            400, "length-without-body", "Content-Length announces a body, and the stream ended with the head."),

    STREAM_BROKEN(400, "stream-broken", "The stream broke a rule of HTTP/2 after its head, and was reset."),

    CHUNK_SIZE(400, "chunk-size", "A chunk's size is not 1 to 16 hex digits below 2^63."),
    CHUNK_LINE_TOO_LONG(400, "chunk-line-too-long", "A chunk's size and extensions are longer than 256 bytes."),
    CHUNK_EXTENSION(400, "chunk-extension", "A chunk's extension is malformed, or has whitespace around it."),
    CHUNK_EXTENSIONS_TOO_LARGE(400, "chunk-extensions-too-large", "A body's chunk extensions exceed 16 KiB together."),
    CHUNK_LINE_END(400, "chunk-line-end", "A chunk's size, data or a trailer does not end with CRLF."),
    TRAILER_FIELD(400, "trailer-field", "A trailer is not a token, a colon and a value without control characters."),
    TRAILER_FORBIDDEN(400, "trailer-forbidden", "A trailer frames, routes, authenticates or describes the message."),
    TRAILERS_TOO_LARGE(431, "trailers-too-large", "The trailers exceed 8 KiB or 64 fields."),

    RESPONSE_STATUS_LINE(502, "response-status-line", "The server's status line is malformed."),
    RESPONSE_STATUS(
            502,
            "response-status",
            "The server's :status is not one number from 100 to 599 other than 101, or not alone."),
    RESPONSE_HEAD_TOO_LARGE(502, "response-head-too-large", "The server's head exceeds the limit in bytes or fields."),
    RESPONSE_LINE_END(502, "response-line-end", "A line of the server's head does not end with CRLF."),
    RESPONSE_FIELD(502, "response-field", "A field of the server's response is malformed or folded."),
    RESPONSE_LENGTH(
            502,
            "response-length",
            "The server's Content-Length is repeated, not a decimal number below 2^63, or not followed."),
    RESPONSE_CODING(502, "response-coding", "The server's Transfer-Encoding is not chunked once, or not allowed here."),
    RESPONSE_LENGTH_AND_CODING(
            502, "response-length-and-coding", "The server sent both Content-Length and Transfer-Encoding."),
    RESPONSE_CONNECTION(
            502,
            "response-connection",
            "The server's Connection is malformed, names a framing field, or is of HTTP/2."),
    RESPONSE_CHUNKING(502, "response-chunking", "The server's chunked body is malformed."),
    RESPONSE_TRAILERS(502, "response-trailers", "The server's trailers are malformed, forbidden or too large.");

    private final int status;
    private final String code;
    private final String explanation;

    Refusal(int status, String code, String explanation) {
        this.status = status;
        this.code = code;
        this.explanation = explanation;
    }

    /** The status to answer the client with. */
    public int status() {
        return status;
    }

    /** Stable, lower case, with hyphens: for logs, metrics and problem details. */
    public String code() {
        return code;
    }

    public String explanation() {
        return explanation;
    }

    /** The same fault where a server made it: always a 502. */
    public Refusal ofResponse() {
        return switch (this) {
            case HEAD_TOO_LARGE, TOO_MANY_FIELDS -> RESPONSE_HEAD_TOO_LARGE;
            case BARE_LINE_FEED, BARE_CARRIAGE_RETURN -> RESPONSE_LINE_END;
            case FOLDING, FIELD_NAME, FIELD_NAME_SPACE, FIELD_NAME_CAPITALS, FIELD_VALUE, FIELD_VALUE_BLANK ->
                RESPONSE_FIELD;
            case LENGTH_INVALID, LENGTH_REPEATED, LENGTH_WITHOUT_BODY, STREAM_BROKEN -> RESPONSE_LENGTH;
            case LENGTH_AND_CODING -> RESPONSE_LENGTH_AND_CODING;
            case CODING_INVALID, CODING_REPEATED, CODING_UNKNOWN, CODING_MISPLACED -> RESPONSE_CODING;
            case CONNECTION_OPTION, CONNECTION_NOMINATES, CONNECTION_SPECIFIC -> RESPONSE_CONNECTION;
            case CHUNK_SIZE, CHUNK_LINE_TOO_LONG, CHUNK_EXTENSION, CHUNK_EXTENSIONS_TOO_LARGE, CHUNK_LINE_END ->
                RESPONSE_CHUNKING;
            case TRAILER_FIELD, TRAILER_FORBIDDEN, TRAILERS_TOO_LARGE -> RESPONSE_TRAILERS;
            case PSEUDO_UNKNOWN, PSEUDO_REPEATED, PSEUDO_MISSING, PSEUDO_LATE, SCHEME -> RESPONSE_STATUS;
            case METHOD,
                    METHOD_TOO_LONG,
                    CONNECT,
                    TARGET,
                    TARGET_BYTE,
                    TARGET_ENCODING,
                    TARGET_NUL,
                    DOT_SEGMENT,
                    TARGET_TOO_LONG,
                    VERSION_SYNTAX,
                    VERSION,
                    HOST_MISSING,
                    HOST_REPEATED,
                    HOST_INVALID,
                    HOST_CONFLICT,
                    EXPECTATION -> RESPONSE_STATUS_LINE;
            case RESPONSE_STATUS_LINE,
                    RESPONSE_STATUS,
                    RESPONSE_HEAD_TOO_LARGE,
                    RESPONSE_LINE_END,
                    RESPONSE_FIELD,
                    RESPONSE_LENGTH,
                    RESPONSE_CODING,
                    RESPONSE_LENGTH_AND_CODING,
                    RESPONSE_CONNECTION,
                    RESPONSE_CHUNKING,
                    RESPONSE_TRAILERS -> this;
        };
    }
}
