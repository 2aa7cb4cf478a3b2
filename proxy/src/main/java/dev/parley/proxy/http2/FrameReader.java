package dev.parley.proxy.http2;

import dev.parley.proxy.message.Pending;
import dev.parley.wire.http2.ErrorCode;
import dev.parley.wire.http2.Frame;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Takes the bytes of one connection apart into frames (RFC 9113 section 4). Data is handed on as it comes, in parts; every other
 * frame when it is whole. A head is handed on as one block, whatever number of frames it came in.
 */
final class FrameReader {
    /** Who hears of the frames. Sizes, padding and the order of CONTINUATION have been checked. */
    interface Sink {
        /** A DATA frame begins, {@code padding} of its bytes no data: whether the data is to be handed over, else it is dropped. */
        boolean dataBegins(int stream, int length, int padding);

        /** The next {@code length} bytes are data of the stream; all of them are to be read. */
        void data(int stream, ByteBuf in, int length, boolean endStream);

        /** A whole header block, in {@code block[0..to)}. */
        void headers(int stream, boolean endStream, byte[] block, int to);

        void reset(int stream, int code);

        void setting(int identifier, int value);

        void settings(boolean ack);

        void ping(long opaque, boolean ack);

        void goAway(int lastStream, int code);

        void windowUpdate(int stream, int increment);

        /** A frame that does nothing: deprecated, unknown, or empty. */
        void idleFrame();

        /** One stream is in error. */
        void streamFault(int stream, ErrorCode code, String why);

        /** The connection is in error and ends. */
        void fault(ErrorCode code, String why);

        /** Whether nothing is to be read for now. */
        boolean suspended();
    }

    /** CONTINUATION frames behind one HEADERS: a block at the largest limit fits into far fewer. */
    private static final int MOST_CONTINUATIONS = 64;

    /** Settings in one frame: each may touch every stream. nghttp2's bound (CVE-2020-11080). */
    private static final int MOST_SETTINGS = 32;

    private static final int PRIORITY_BYTES = 5;
    private static final byte[] NOTHING = {};

    private final Sink sink;
    private final int mostBlockBytes;
    private @Nullable ByteBuf pending;
    private boolean reading;
    private boolean stopped;
    private boolean first = true;

    private int dataStream;
    private int dataLeft = -1;
    private int paddingLeft;
    private boolean dataWanted;
    private boolean dataEnds;

    private byte[] block = NOTHING;
    private int blockBytes;
    private int blockStream;
    private boolean blockEnds;
    private int continuations;

    FrameReader(Sink sink, int mostBlockBytes) {
        this.sink = sink;
        this.mostBlockBytes = mostBlockBytes;
    }

    /** Reads what can be read; takes ownership. */
    void read(ByteBuf in) {
        if (stopped) {
            in.release();
            return;
        }
        pending = pending == null ? in : Pending.joined(pending, in);
        resume();
    }

    /** Goes on after it was suspended. */
    void resume() {
        if (reading || pending == null) {
            return;
        }
        reading = true;
        boolean goOn = true;
        while (goOn && !stopped && !sink.suspended()) {
            goOn = step(pending);
        }
        reading = false;
        if (pending != null && (stopped || !pending.isReadable())) {
            pending.release();
            pending = null;
        }
    }

    /** Reads nothing more. */
    void stop() {
        stopped = true;
        block = NOTHING;
        if (pending != null && !reading) {
            pending.release();
            pending = null;
        }
    }

    /** Whether a frame or a head has begun and is not whole. */
    boolean midway() {
        return blockStream != 0 || (pending != null && dataLeft < 0 && paddingLeft == 0);
    }

    private boolean step(ByteBuf in) {
        if (dataLeft >= 0) {
            return passData(in);
        }
        if (paddingLeft > 0) {
            int skipped = Math.min(paddingLeft, in.readableBytes());
            in.skipBytes(skipped);
            paddingLeft -= skipped;
            return skipped > 0;
        }
        return readFrame(in);
    }

    private boolean passData(ByteBuf in) {
        int length = Math.min(dataLeft, in.readableBytes());
        if (length == 0 && dataLeft > 0) {
            return false;
        }
        boolean last = length == dataLeft;
        dataLeft = last ? -1 : dataLeft - length;
        if (dataWanted) {
            int end = in.readerIndex() + length;
            sink.data(dataStream, in, length, last && dataEnds);
            in.readerIndex(end);
        } else {
            in.skipBytes(length);
        }
        return true;
    }

    private boolean readFrame(ByteBuf in) {
        if (in.readableBytes() < Frame.HEADER_BYTES) {
            return false;
        }
        int at = in.readerIndex();
        int begin = in.getInt(at);
        int length = begin >>> 8;
        int type = begin & 0xFF;
        int flags = in.getByte(at + 4);
        int stream = in.getInt(at + 5) & Integer.MAX_VALUE;
        if (length > Frame.LEAST_MAX_BYTES) {
            sink.fault(ErrorCode.FRAME_SIZE_ERROR, "a frame is larger than 16 KiB");
            return false;
        }
        if (first && type != Frame.SETTINGS) {
            sink.fault(ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS");
            return false;
        }
        first = false;
        if (blockStream != 0 && (type != Frame.CONTINUATION || stream != blockStream)) {
            sink.fault(ErrorCode.PROTOCOL_ERROR, "a header block is interrupted");
            return false;
        }
        if (type == Frame.DATA) {
            return beginData(in, length, flags, stream);
        }
        if (in.readableBytes() < Frame.HEADER_BYTES + length) {
            return false;
        }
        int from = at + Frame.HEADER_BYTES;
        in.readerIndex(from + length);
        readWhole(in, from, length, type, flags, stream);
        return true;
    }

    private boolean beginData(ByteBuf in, int length, int flags, int stream) {
        boolean padded = (flags & Frame.PADDED) != 0;
        if (stream == 0) {
            sink.fault(ErrorCode.PROTOCOL_ERROR, "DATA without a stream");
            return false;
        }
        if (padded && length == 0) {
            sink.fault(ErrorCode.FRAME_SIZE_ERROR, "padded DATA without the length of its padding");
            return false;
        }
        if (padded && in.readableBytes() == Frame.HEADER_BYTES) {
            return false;
        }
        in.skipBytes(Frame.HEADER_BYTES);
        int padding = padded ? in.readUnsignedByte() + 1 : 0;
        if (padding > length) {
            sink.fault(ErrorCode.PROTOCOL_ERROR, "more padding than frame");
            return false;
        }
        dataEnds = (flags & Frame.END_STREAM) != 0;
        if (length - padding == 0 && !dataEnds) {
            sink.idleFrame();
        }
        dataStream = stream;
        dataLeft = length - padding;
        paddingLeft = Math.max(0, padding - 1);
        dataWanted = sink.dataBegins(stream, length, padding);
        return true;
    }

    private void readWhole(ByteBuf in, int from, int length, int type, int flags, int stream) {
        switch (type) {
            case Frame.HEADERS -> readHeaders(in, from, length, flags, stream);
            case Frame.CONTINUATION -> readContinuation(in, from, length, flags);
            case Frame.SETTINGS -> readSettings(in, from, length, flags, stream);
            case Frame.PING -> readPing(in, from, length, flags, stream);
            case Frame.WINDOW_UPDATE -> {
                if (length != 4) {
                    sink.fault(ErrorCode.FRAME_SIZE_ERROR, "a WINDOW_UPDATE is not 4 bytes");
                } else {
                    sink.windowUpdate(stream, in.getInt(from) & Integer.MAX_VALUE);
                }
            }
            case Frame.RST_STREAM -> {
                if (length != 4) {
                    sink.fault(ErrorCode.FRAME_SIZE_ERROR, "a RST_STREAM is not 4 bytes");
                } else {
                    sink.reset(stream, in.getInt(from));
                }
            }
            case Frame.GOAWAY -> {
                if (length < 8) {
                    sink.fault(ErrorCode.FRAME_SIZE_ERROR, "a GOAWAY is less than 8 bytes");
                } else if (stream != 0) {
                    sink.fault(ErrorCode.PROTOCOL_ERROR, "GOAWAY on a stream");
                } else {
                    sink.goAway(in.getInt(from) & Integer.MAX_VALUE, in.getInt(from + 4));
                }
            }
            case Frame.PRIORITY -> readPriority(in, from, length, stream);
            case Frame.PUSH_PROMISE -> sink.fault(ErrorCode.PROTOCOL_ERROR, "PUSH_PROMISE, which was not allowed");
            default -> sink.idleFrame();
        }
    }

    /** Deprecated and without effect, but a stream that depends on itself is still an error to many (RFC 7540 section 5.3.1). */
    private void readPriority(ByteBuf in, int from, int length, int stream) {
        if (stream == 0) {
            sink.fault(ErrorCode.PROTOCOL_ERROR, "PRIORITY without a stream");
        } else if (length != PRIORITY_BYTES) {
            sink.streamFault(stream, ErrorCode.FRAME_SIZE_ERROR, "a PRIORITY is not 5 bytes");
        } else if ((in.getInt(from) & Integer.MAX_VALUE) == stream) {
            sink.streamFault(stream, ErrorCode.PROTOCOL_ERROR, "a stream depends on itself");
        } else {
            sink.idleFrame();
        }
    }

    private void readSettings(ByteBuf in, int from, int length, int flags, int stream) {
        boolean ack = (flags & Frame.ACK) != 0;
        if (stream != 0) {
            sink.fault(ErrorCode.PROTOCOL_ERROR, "SETTINGS on a stream");
        } else if (ack ? length != 0 : length % Frame.SETTING_BYTES != 0) {
            sink.fault(ErrorCode.FRAME_SIZE_ERROR, "the length of SETTINGS");
        } else if (length > MOST_SETTINGS * Frame.SETTING_BYTES) {
            sink.fault(ErrorCode.ENHANCE_YOUR_CALM, "more than 32 settings in one frame");
        } else {
            for (int at = from; at < from + length && !stopped; at += Frame.SETTING_BYTES) {
                sink.setting(in.getUnsignedShort(at), in.getInt(at + 2));
            }
            if (!stopped) {
                sink.settings(ack);
            }
        }
    }

    private void readPing(ByteBuf in, int from, int length, int flags, int stream) {
        if (stream != 0) {
            sink.fault(ErrorCode.PROTOCOL_ERROR, "PING on a stream");
        } else if (length != 8) {
            sink.fault(ErrorCode.FRAME_SIZE_ERROR, "a PING is not 8 bytes");
        } else {
            sink.ping(in.getLong(from), (flags & Frame.ACK) != 0);
        }
    }

    private void readHeaders(ByteBuf in, int begin, int length, int flags, int stream) {
        int from = begin;
        int to = begin + length;
        if (stream == 0) {
            sink.fault(ErrorCode.PROTOCOL_ERROR, "HEADERS without a stream");
            return;
        }
        int extra = ((flags & Frame.PADDED) != 0 ? 1 : 0) + ((flags & Frame.HAS_PRIORITY) != 0 ? PRIORITY_BYTES : 0);
        if (extra > length) {
            sink.fault(ErrorCode.FRAME_SIZE_ERROR, "HEADERS is too short for what its flags announce");
            return;
        }
        if ((flags & Frame.PADDED) != 0) {
            to -= in.getUnsignedByte(from);
            from++;
        }
        boolean dependsOnItself = false;
        if ((flags & Frame.HAS_PRIORITY) != 0) {
            dependsOnItself = (in.getInt(from) & Integer.MAX_VALUE) == stream;
            from += PRIORITY_BYTES;
        }
        if (to < from) {
            sink.fault(ErrorCode.PROTOCOL_ERROR, "more padding than frame");
            return;
        }
        blockBytes = 0;
        continuations = 0;
        blockEnds = (flags & Frame.END_STREAM) != 0;
        if (!append(in, from, to - from)) {
            return;
        }
        if ((flags & Frame.END_HEADERS) == 0) {
            blockStream = stream;
        } else {
            sink.headers(stream, blockEnds, block, blockBytes);
        }
        if (dependsOnItself && !stopped) {
            sink.streamFault(stream, ErrorCode.PROTOCOL_ERROR, "a stream depends on itself");
        }
    }

    private void readContinuation(ByteBuf in, int from, int length, int flags) {
        if (blockStream == 0) {
            sink.fault(ErrorCode.PROTOCOL_ERROR, "CONTINUATION without HEADERS before it");
            return;
        }
        if (++continuations > MOST_CONTINUATIONS) {
            sink.fault(ErrorCode.ENHANCE_YOUR_CALM, "a head in more than 64 CONTINUATION frames");
            return;
        }
        if (length == 0) {
            sink.idleFrame();
        }
        if (stopped || !append(in, from, length)) {
            return;
        }
        if ((flags & Frame.END_HEADERS) != 0) {
            int stream = blockStream;
            blockStream = 0;
            sink.headers(stream, blockEnds, block, blockBytes);
        }
    }

    private boolean append(ByteBuf in, int from, int length) {
        if (blockBytes + length > mostBlockBytes) {
            sink.fault(ErrorCode.ENHANCE_YOUR_CALM, "a head is larger than allowed even when compressed");
            return false;
        }
        if (block.length < blockBytes + length) {
            block = Arrays.copyOf(block, Math.max(256, 2 * (blockBytes + length)));
        }
        in.getBytes(from, block, blockBytes, length);
        blockBytes += length;
        return true;
    }
}
