package dev.parley.proxy.message;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.Framing;
import dev.parley.wire.http1.ChunkedScanner;
import dev.parley.wire.http1.Refusal;
import dev.parley.wire.http1.Trailers;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** How far the body of one message has come: which of the bytes that arrive belong to it (RFC 9112 section 6). */
public final class Body {
    /** The body of no message. */
    public static final Body NONE = new Body();

    private final ChunkedScanner chunks = new ChunkedScanner();
    private @Nullable Trailers trailers;
    private int framing = Framing.NONE;
    private long remaining;
    private long dataBytes;
    private boolean done = true;
    private boolean refused;

    public void begin(int framing, long contentLength) {
        this.framing = framing;
        remaining = contentLength;
        dataBytes = 0;
        refused = false;
        done = framing == Framing.NONE || (framing == Framing.LENGTH && contentLength == 0);
        if (framing == Framing.CHUNKED) {
            chunks.reset();
            if (trailers != null) {
                trailers.reset();
            }
        }
    }

    /** The trailers that {@link #passData} met, after {@link #done()}; null where there are none. */
    public @Nullable FieldBlock trailers() {
        FieldBlock fields = trailers == null ? null : trailers.fields();
        return fields == null || fields.count() == 0 ? null : fields;
    }

    /** Whether the last byte of the message has been passed. A body that lasts until the close is never done by itself. */
    public boolean done() {
        return done;
    }

    /** Whether the framing was broken; nothing after what was passed may be forwarded. */
    public boolean refused() {
        return refused;
    }

    public int framing() {
        return framing;
    }

    /** Bytes of the body so far, without its chunk framing. */
    public long dataBytes() {
        return dataBytes;
    }

    /** What is wrong with the chunks, after {@link #refused()}. */
    public Refusal refusal() {
        return chunks.refusal();
    }

    /** How many of the readable bytes belong to the body and may go on as they are. Moves nothing in the buffer. */
    public int pass(ByteBuf in) {
        int readable = in.readableBytes();
        int taken = switch (framing) {
            case Framing.LENGTH -> (int) Math.min(remaining, readable);
            case Framing.CHUNKED -> scan(in);
            case Framing.UNTIL_CLOSE -> readable;
            default -> 0;
        };
        if (framing == Framing.LENGTH) {
            remaining -= taken;
            done = remaining == 0;
        }
        if (framing != Framing.CHUNKED) {
            dataBytes += taken;
        }
        return taken;
    }

    private int scan(ByteBuf in) {
        ByteBuffer view = in.internalNioBuffer(in.readerIndex(), in.readableBytes());
        int from = view.position();
        while (true) {
            switch (chunks.next(view)) {
                case ChunkedScanner.NEED_MORE -> {
                    return view.position() - from;
                }
                case ChunkedScanner.END -> {
                    done = true;
                    return view.position() - from;
                }
                case ChunkedScanner.REFUSED -> {
                    refused = true;
                    return 0;
                }
                case ChunkedScanner.DATA -> dataBytes += chunks.dataBytes();
                default -> {}
            }
        }
    }

    /**
     * Copies the data of a chunked body without its framing, for a peer that knows no chunks; the readable bytes that
     * belong to the body are consumed.
     */
    public void passData(ByteBuf in, ByteBuf out) {
        ByteBuffer view = in.internalNioBuffer(in.readerIndex(), in.readableBytes());
        int origin = view.position();
        int base = in.readerIndex();
        while (true) {
            int from = view.position();
            boolean inTrailers = chunks.inTrailers();
            int event = chunks.next(view);
            if (inTrailers && event != ChunkedScanner.REFUSED && view.position() > from) {
                keepTrailers(view, from);
            }
            if (event == ChunkedScanner.DATA) {
                out.writeBytes(in, base + from - origin, view.position() - from);
                dataBytes += chunks.dataBytes();
                continue;
            }
            if (event == ChunkedScanner.FRAMING) {
                continue;
            }
            done = event == ChunkedScanner.END;
            refused = event == ChunkedScanner.REFUSED;
            int taken = view.position() - origin;
            in.readerIndex(base + taken);
            return;
        }
    }

    private void keepTrailers(ByteBuffer view, int from) {
        if (trailers == null) {
            trailers = new Trailers();
        }
        trailers.add(view, from, view.position());
    }
}
