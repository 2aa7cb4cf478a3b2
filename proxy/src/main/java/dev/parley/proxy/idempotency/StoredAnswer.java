package dev.parley.proxy.idempotency;

import dev.parley.proxy.message.HeadBuffer;
import dev.parley.proxy.message.Reasons;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http1.ResponseParser;
import dev.parley.wire.http1.Trailers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An answer as it is kept: whole, without its framing and without what was meant for one hop. The bytes are a version, a byte of flags, the
 * lengths of head, body and trailers as four bytes each, and these three as HTTP/1.1 has them. Both the first client and those that come
 * later are sent what these bytes say, so that they are sent the same.
 */
public final class StoredAnswer {
    private static final int VERSION = 1;
    private static final int HTTP_2 = 1;
    private static final int PREFIX = 2 + 3 * Integer.BYTES;
    private static final byte[] HTTP_1_1 = HeadBuffer.ascii("HTTP/1.1 ");
    private static final byte[] CRLF = HeadBuffer.ascii("\r\n");
    private static final byte[] CONTENT_LENGTH = HeadBuffer.ascii("Content-Length: ");
    private static final byte[] CHUNKED = HeadBuffer.ascii("Transfer-Encoding: chunked\r\n\r\n");
    private static final int MOST_FIELDS = 10_000;

    private final byte[] bytes;

    private StoredAnswer(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Reads what {@link Capture#end} made; null where it is something else, as of a later version. */
    public static @Nullable StoredAnswer read(byte[] bytes) {
        if (bytes.length < PREFIX || bytes[0] != VERSION) {
            return null;
        }
        StoredAnswer answer = new StoredAnswer(bytes);
        long parts = (long) answer.part(0) + answer.part(1) + answer.part(2);
        boolean whole =
                answer.part(0) > 0 && answer.part(1) >= 0 && answer.part(2) >= 0 && PREFIX + parts == bytes.length;
        return whole && read(bytes, PREFIX, answer.part(0), false, new ResponseHead()) ? answer : null;
    }

    public byte[] bytes() {
        return bytes;
    }

    private int part(int index) {
        return ByteBuffer.wrap(bytes).getInt(2 + index * Integer.BYTES);
    }

    /** Whether nothing follows the head. */
    public boolean bare() {
        return part(1) == 0 && part(2) == 0;
    }

    /** Fills a head with the kept one, whose framing says that its body comes with its length, or without where trailers follow it. */
    public void head(ResponseHead into) {
        require(read(bytes, PREFIX, part(0), (bytes[1] & HTTP_2) != 0, into));
    }

    private static boolean read(byte[] bytes, int from, int length, boolean http2, ResponseHead into) {
        HeadLimits limits = new HeadLimits(length + 1, length, MOST_FIELDS);
        boolean whole = new ResponseParser().parse(bytes, from, from + length, limits, Method.POST, into) == length;
        into.http2(http2);
        return whole;
    }

    private static void require(boolean readable) {
        if (!readable) {
            throw new AssertionError("a head that was written here is one");
        }
    }

    public int bodyBytes() {
        return part(1);
    }

    /** The body, a view of the bytes. */
    public ByteBuf body() {
        return Unpooled.wrappedBuffer(bytes, PREFIX + part(0), part(1));
    }

    /** The trailers; null where there are none. */
    public @Nullable FieldBlock trailers() {
        int length = part(2);
        if (length == 0) {
            return null;
        }
        Trailers read = new Trailers();
        read.add(ByteBuffer.wrap(bytes), bytes.length - length, bytes.length);
        return read.fields();
    }

    /** An answer while it comes. */
    public static final class Capture {
        private final HeadBuffer head = new HeadBuffer();
        private int status;
        private long announced;
        private boolean http2;
        private boolean retryAfter;
        private byte[] trailers = {};

        /** Keeps a head. */
        public void head(ResponseHead answer) {
            status = answer.status();
            announced = answer.contentLength();
            http2 = answer.http2();
            FieldBlock fields = answer.fields();
            retryAfter = fields.has(FieldId.RETRY_AFTER);
            head.clear();
            head.put(HTTP_1_1);
            head.putStatus(status);
            head.put(' ');
            if (http2) {
                head.put(HeadBuffer.ascii(Reasons.phrase(status)));
            } else {
                head.put(answer.bytes(), answer.reasonFrom(), answer.reasonTo());
            }
            head.put(CRLF);
            for (int i = 0; i < fields.count(); i++) {
                int id = fields.id(i);
                if (!fields.hopByHop(i) && id != FieldId.CONTENT_LENGTH && id != FieldId.TRANSFER_ENCODING) {
                    head.put(fields.bytes(), fields.lineFrom(i), fields.lineTo(i));
                }
            }
        }

        /** Keeps trailers. */
        public void trailers(FieldBlock fields) {
            HeadBuffer lines = new HeadBuffer();
            for (int i = 0; i < fields.count(); i++) {
                lines.put(fields.bytes(), fields.lineFrom(i), fields.lineTo(i));
            }
            lines.put(CRLF);
            trailers = new byte[lines.end()];
            System.arraycopy(lines.bytes(), 0, trailers, 0, lines.end());
        }

        /**
         * Whether the answer says that nothing was executed and that the same request is welcome later: 429 (RFC 6585 section 4), or 503
         * with Retry-After (RFC 9110 section 15.6.4). A 503 without it is not believed: proxies answer so for a connection that broke.
         */
        public boolean invitesRetry() {
            return status == 429 || (status == 503 && retryAfter);
        }

        /** Bytes that the head takes. */
        public int headBytes() {
            return head.end();
        }

        /** Fills a head for an answer whose end has not come: with the length that its endpoint announced, or none. */
        public void open(ResponseHead into) {
            if (announced >= 0) {
                length(announced);
            } else {
                head.put(CHUNKED);
            }
            require(read(Arrays.copyOf(head.bytes(), head.end()), 0, head.end(), http2, into));
        }

        private void length(long bytes) {
            head.put(CONTENT_LENGTH);
            head.putNumber(bytes);
            head.put(CRLF);
            head.put(CRLF);
        }

        /** The whole answer, with the readable bytes of its body. */
        public StoredAnswer end(@Nullable ByteBuf body) {
            int length = body == null ? 0 : body.readableBytes();
            if (trailers.length > 0) {
                head.put(CHUNKED);
            } else if (status == 204 || status == 304) {
                head.put(CRLF);
            } else {
                length(length);
            }
            ByteBuffer all = ByteBuffer.allocate(PREFIX + head.end() + length + trailers.length);
            all.put((byte) VERSION).put((byte) (http2 ? HTTP_2 : 0));
            all.putInt(head.end()).putInt(length).putInt(trailers.length);
            all.put(head.bytes(), 0, head.end());
            if (body != null) {
                body.getBytes(body.readerIndex(), all.array(), all.position(), length);
                all.position(all.position() + length);
            }
            all.put(trailers);
            return new StoredAnswer(all.array());
        }
    }
}
