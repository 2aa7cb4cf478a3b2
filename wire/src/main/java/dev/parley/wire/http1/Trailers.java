package dev.parley.wire.http1;

import dev.parley.wire.head.FieldBlock;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Keeps the trailers behind a chunked body while they arrive, and reads them as fields, for a peer that frames them in another
 * way. What it is given has been checked by a {@link ChunkedScanner}, which bounds it to 8 KiB too.
 */
public final class Trailers {
    private static final int MOST_FIELDS = 64;
    private static final byte[] NOTHING = {};

    private final FieldParser lines = new FieldParser();
    private final FieldBlock fields = new FieldBlock();
    private byte[] bytes = NOTHING;
    private int length;

    /** Makes ready for those of another body. */
    public void reset() {
        length = 0;
    }

    /** Adds the bytes from one position of a buffer to another. */
    public void add(ByteBuffer from, int begin, int end) {
        int more = end - begin;
        if (bytes.length < length + more) {
            bytes = Arrays.copyOf(bytes, Math.max(256, 2 * (length + more)));
        }
        from.get(begin, bytes, length, more);
        length += more;
    }

    /** The fields, once the last byte was added; empty where there are none. Valid until the next reset. */
    public FieldBlock fields() {
        fields.start(bytes);
        if (lines.parse(bytes, 0, length, MOST_FIELDS, fields) <= 0) {
            fields.start(bytes);
        }
        return fields;
    }
}
