package dev.parley.wire.http1;

/**
 * How large a head may be before it is refused.
 *
 * @param headBytes the whole head with its empty line
 * @param targetBytes the request target as it was sent
 * @param fields field lines
 */
public record HeadLimits(int headBytes, int targetBytes, int fields) {
    /** What the trailers of one message may have at most. They have no target. */
    public static final HeadLimits TRAILERS = new HeadLimits(8 * 1024, 1, 64);

    public HeadLimits {
        if (headBytes < 1 || targetBytes < 1 || fields < 1) {
            throw new IllegalArgumentException(
                    "Limits of %d bytes, %d target bytes and %d fields let no request in. Raise them above zero."
                            .formatted(headBytes, targetBytes, fields));
        }
    }
}
