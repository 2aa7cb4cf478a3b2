package dev.parley.demo;

import dev.parley.wire.http2.Frame;
import dev.parley.wire.http2.HeaderBlock;
import dev.parley.wire.http2.HpackEncoder;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The frames of one HTTP/2 connection over cleartext (RFC 9113), of either side: as much as short messages need. What
 * concerns the connection alone (SETTINGS, PING, its windows) is dealt with here.
 *
 * <p>One thread reads, many write. A stream's own window is not counted: each stream carries one message of at most
 * {@link #MOST_DATA_BYTES}, which any peer's first window takes that is not made to hinder.
 */
final class Http2Frames implements AutoCloseable {
    /** What one DATA frame may carry here. */
    static final int MOST_DATA_BYTES = 1 << 10;

    /** The longest that a head may be, over all its frames. */
    private static final int MOST_HEAD_BYTES = 1 << 14;

    /** A connection's window until more is granted (section 6.9.2). */
    private static final int FIRST_WINDOW = 65_535;

    private static final byte[] PREFACE = Grpc.ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final HpackEncoder encoder = new HpackEncoder();
    private final HeaderBlock block = new HeaderBlock();
    private final byte[] header = new byte[Frame.HEADER_BYTES];
    private long window = FIRST_WINDOW;
    private boolean closed;
    private volatile boolean goingAway;

    private Http2Frames(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /** What happened on one stream. */
    sealed interface Event {
        int stream();
    }

    /** A head or trailers, as a whole header block. */
    record Head(int stream, boolean end, byte[] block) implements Event {}

    record Data(int stream, boolean end, byte[] bytes) implements Event {}

    /** The peer gave the stream up, with an error code of section 7. */
    record Reset(int stream, int code) implements Event {}

    /** Begins a connection as its client. */
    static Http2Frames client(Socket socket) throws IOException {
        Http2Frames frames = new Http2Frames(socket);
        frames.out.write(PREFACE);
        frames.write(Frame.SETTINGS, 0, 0, noPush());
        return frames;
    }

    /** Begins a connection as its server: reads the client's preface. */
    static Http2Frames server(Socket socket) throws IOException {
        Http2Frames frames = new Http2Frames(socket);
        if (!Arrays.equals(frames.in.readNBytes(PREFACE.length), PREFACE)) {
            throw new IOException("The client does not begin with the preface of HTTP/2.");
        }
        frames.write(Frame.SETTINGS, 0, 0, new byte[0]);
        return frames;
    }

    private static byte[] noPush() {
        byte[] setting = new byte[Frame.SETTING_BYTES];
        Frame.writeSetting(setting, 0, Frame.SETTINGS_ENABLE_PUSH, 0);
        return setting;
    }

    /** Whether the peer takes no further streams. */
    boolean goingAway() {
        return goingAway;
    }

    /** The next event of any stream. The end of the connection is an exception. */
    Event next() throws IOException {
        while (true) {
            byte[] head = exactly(Frame.HEADER_BYTES);
            int length = Frame.length(head, 0);
            if (length > Frame.LEAST_MAX_BYTES) {
                throw new IOException("A frame of %d bytes is larger than any that was allowed.".formatted(length));
            }
            int flags = Frame.flags(head, 0);
            int stream = Frame.stream(head, 0);
            byte[] payload = exactly(length);
            boolean end = (flags & Frame.END_STREAM) != 0;
            switch (Frame.type(head, 0)) {
                case Frame.HEADERS -> {
                    return new Head(stream, end, wholeBlock(flags, unpadded(payload, flags)));
                }
                case Frame.DATA -> {
                    grant(length);
                    return new Data(stream, end, unpadded(payload, flags));
                }
                case Frame.RST_STREAM -> {
                    return new Reset(stream, Frame.readInt(payload, 0));
                }
                default -> ofConnection(Frame.type(head, 0), flags, stream, payload);
            }
        }
    }

    private void ofConnection(int type, int flags, int stream, byte[] payload) throws IOException {
        switch (type) {
            case Frame.SETTINGS -> {
                if ((flags & Frame.ACK) == 0) {
                    takeSettings(payload);
                }
            }
            case Frame.PING -> {
                if ((flags & Frame.ACK) == 0) {
                    write(Frame.PING, Frame.ACK, 0, payload);
                }
            }
            case Frame.WINDOW_UPDATE -> {
                if (stream == 0) {
                    widen(Frame.readInt(payload, 0));
                }
            }
            case Frame.GOAWAY -> goingAway = true;
            default -> {
                // What is not known is to be ignored (section 5.5), and priorities bind nobody.
            }
        }
    }

    private synchronized void takeSettings(byte[] payload) throws IOException {
        for (int at = 0; at + Frame.SETTING_BYTES <= payload.length; at += Frame.SETTING_BYTES) {
            int identifier = ((payload[at] & 0xFF) << 8) | (payload[at + 1] & 0xFF);
            if (identifier == Frame.SETTINGS_HEADER_TABLE_SIZE) {
                encoder.peerTableBytes(Integer.toUnsignedLong(Frame.readInt(payload, at + 2)));
            }
        }
        write(Frame.SETTINGS, Frame.ACK, 0, new byte[0]);
    }

    private synchronized void widen(int bytes) {
        window += bytes;
        notifyAll();
    }

    /** Lets the peer send as much again on the connection; what a stream may send is more than its one message. */
    private void grant(int bytes) throws IOException {
        if (bytes > 0) {
            byte[] increment = new byte[Integer.BYTES];
            Frame.writeInt(increment, 0, bytes);
            write(Frame.WINDOW_UPDATE, 0, 0, increment);
        }
    }

    private byte[] wholeBlock(int flags, byte[] first) throws IOException {
        int skipped = (flags & Frame.HAS_PRIORITY) != 0 ? 5 : 0;
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(first, skipped, first.length - skipped);
        boolean ended = (flags & Frame.END_HEADERS) != 0;
        while (!ended) {
            byte[] head = exactly(Frame.HEADER_BYTES);
            int length = Frame.length(head, 0);
            if (Frame.type(head, 0) != Frame.CONTINUATION || whole.size() + length > MOST_HEAD_BYTES) {
                throw new IOException("A head was not continued, or is longer than %d.".formatted(MOST_HEAD_BYTES));
            }
            whole.writeBytes(exactly(length));
            ended = (Frame.flags(head, 0) & Frame.END_HEADERS) != 0;
        }
        return whole.toByteArray();
    }

    private static byte[] unpadded(byte[] payload, int flags) {
        if ((flags & Frame.PADDED) == 0) {
            return payload;
        }
        return Arrays.copyOfRange(payload, 1, payload.length - (payload[0] & 0xFF));
    }

    private byte[] exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("The connection was closed.");
        }
        return bytes;
    }

    /** Sends a head or trailers, small enough for one frame. They leave in the order in which they are encoded. */
    synchronized void head(int stream, boolean end, Consumer<HpackEncoder> fields) throws IOException {
        block.clear();
        encoder.begin(block);
        fields.accept(encoder);
        int flags = Frame.END_HEADERS | (end ? Frame.END_STREAM : 0);
        write(Frame.HEADERS, flags, stream, Arrays.copyOf(block.bytes(), block.length()));
    }

    /** Sends data as soon as the connection's window has room for it. */
    synchronized void data(int stream, boolean end, byte[] bytes) throws IOException {
        if (bytes.length > MOST_DATA_BYTES) {
            throw new IllegalArgumentException("%d bytes are more than one frame of the demo.".formatted(bytes.length));
        }
        while (window < bytes.length && !closed) {
            try {
                wait();
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                throw new IOException("Interrupted while waiting for a window.", stopping);
            }
        }
        window -= bytes.length;
        write(Frame.DATA, end ? Frame.END_STREAM : 0, stream, bytes);
    }

    private synchronized void write(int type, int flags, int stream, byte[] payload) throws IOException {
        Frame.write(header, 0, payload.length, type, flags, stream);
        byte[] frame = Arrays.copyOf(header, Frame.HEADER_BYTES + payload.length);
        System.arraycopy(payload, 0, frame, Frame.HEADER_BYTES, payload.length);
        out.write(frame);
    }

    @Override
    public void close() throws IOException {
        socket.close();
        synchronized (this) {
            closed = true;
            notifyAll();
        }
    }
}
