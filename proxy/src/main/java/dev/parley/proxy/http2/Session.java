package dev.parley.proxy.http2;

import dev.parley.model.Http2;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.wire.http2.ErrorCode;
import dev.parley.wire.http2.Frame;
import dev.parley.wire.http2.HeaderBlock;
import dev.parley.wire.http2.HpackDecoder;
import dev.parley.wire.http2.HpackEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.collection.IntObjectHashMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection, whichever side of it is ours: settings, flow control, the table of streams, the order in which they
 * send, errors, and the end. What a stream means is the business of {@link Http2Stream}'s subclasses, and who may open one that
 * of the session's.
 *
 * <p>Flow control passes back-pressure on: what a stream sends is credited to its peer once it has been handed on, and not while
 * its other side is slow. So a stalled stream holds at most its window, and the connection's window is shared by the others.
 */
abstract class Session implements FrameReader.Sink {
    /** RFC 9113 section 6.9.2. */
    private static final int FIRST_WINDOW = 65_535;
    /** Acts that cost an answer or a look and carry nothing: PING, SETTINGS, empty frames and their like. */
    private static final int IDLE_FRAMES = 1_000;

    private static final int IDLE_FRAMES_PER_SECOND = 100;
    /** What one frame that carries something makes up for: Envoy allows ten WINDOW_UPDATE for each DATA that was sent. */
    private static final int RELIEF = 10;
    /** What may wait to be sent while the peer reads nothing but makes us answer: PINGs, SETTINGS, resets. */
    private static final int MOST_UNSENT_BYTES = 1024 * 1024;

    protected final LoopState loop;
    protected final Channel channel;
    protected final FrameOutput output;
    protected final FrameReader reader;
    protected final IntObjectHashMap<Http2Stream> streams = new IntObjectHashMap<>();
    protected final ClosedStreams closed = new ClosedStreams();
    private final Patience idleFrames;
    private final HpackEncoder encoder = new HpackEncoder();
    private final HpackDecoder decoder = new HpackDecoder(HpackDecoder.DEFAULT_TABLE_BYTES);
    /** Streams that have something to send and wait for the connection's window or its socket, each once. */
    private final ArrayDeque<Http2Stream> waiting = new ArrayDeque<>(4);

    private final int streamWindow;
    private final int connectionWindow;
    private int peerStreamWindow = FIRST_WINDOW;
    private int sendWindow = FIRST_WINDOW;
    private int receiveWindow = FIRST_WINDOW;
    private int credit;
    private boolean pumping;
    private boolean settled;
    private boolean failed;
    private long bytesRead;

    Session(LoopState loop, Channel channel, Http2 settings, int mostBlockBytes) {
        this.loop = loop;
        this.channel = channel;
        streamWindow = settings.streamWindow().toInt();
        connectionWindow = settings.connectionWindow().toInt();
        output = new FrameOutput(channel, loop.worker().flushes());
        reader = new FrameReader(this, mostBlockBytes);
        idleFrames =
                new Patience(IDLE_FRAMES, IDLE_FRAMES_PER_SECOND, loop.worker().nowNs());
    }

    // ---- what the two sides do differently ----

    /** The peer's settings came for the first time. */
    abstract void settled();

    /** A setting that speaks of the other side's role. */
    abstract void roleSetting(int identifier, int value);

    /** Whether a stream of that number was never opened, by either side. */
    abstract boolean idle(int stream);

    /** A stream has been closed and forgotten. */
    abstract void streamClosed(Http2Stream stream);

    /** The peer reset a stream. */
    abstract void resetByPeer(Http2Stream stream, ErrorCode code);

    /** We reset a stream for what the peer did; whether that is one time too many. */
    abstract boolean resetForFault();

    /** The connection is over for what the peer did. */
    abstract void ended(ErrorCode code, String why);

    /**
     * Whether the streams are those of many, who must not stop each other: then the connection's window does not hold a stream
     * back, only its own does.
     */
    abstract boolean manyOwners();

    // ---- windows ----

    /** Announces what this side allows beyond the default. */
    protected final void openWindow() {
        if (connectionWindow > FIRST_WINDOW) {
            output.windowUpdate(0, connectionWindow - FIRST_WINDOW);
            receiveWindow = connectionWindow;
        }
    }

    int streamWindow() {
        return streamWindow;
    }

    int peerStreamWindow() {
        return peerStreamWindow;
    }

    HpackDecoder decoder() {
        return decoder;
    }

    long bytesRead() {
        return bytesRead;
    }

    boolean failed() {
        return failed;
    }

    /** Bytes of flow-controlled data have gone on their way: the peer may send as many more on the connection. */
    void credit(int bytes) {
        credit += bytes;
        if (credit >= connectionWindow / 2) {
            receiveWindow += credit;
            output.windowUpdate(0, credit);
            credit = 0;
        }
    }

    // ---- what arrives ----

    void read(ByteBuf in) {
        bytesRead += in.readableBytes();
        reader.read(in);
    }

    @Override
    public boolean suspended() {
        return false;
    }

    @Override
    public boolean dataBegins(int id, int length, int padding) {
        receiveWindow -= length;
        if (receiveWindow < 0) {
            fault(ErrorCode.FLOW_CONTROL_ERROR, "more DATA than the connection's window");
            return false;
        }
        Http2Stream stream = streams.get(id);
        if (stream == null) {
            credit(length);
            unknownStream(id, "DATA");
            return false;
        }
        if (stream.remoteEnded()) {
            credit(length);
            streamFault(id, ErrorCode.STREAM_CLOSED, "DATA behind the end of the stream");
            return false;
        }
        if (!stream.received(length)) {
            credit(length);
            streamFault(id, ErrorCode.FLOW_CONTROL_ERROR, "more DATA than the stream's window");
            return false;
        }
        stream.consumed(padding);
        return true;
    }

    @Override
    public void data(int id, ByteBuf in, int length, boolean endStream) {
        Http2Stream stream = streams.get(id);
        if (stream != null) {
            if (length > 0) {
                idleFrames.relieve(RELIEF);
            }
            stream.data(in, length, endStream);
        } else {
            // It ended in the middle of a frame, all of which was taken off the connection's window when it began.
            credit(length);
        }
    }

    /** A frame for a stream that is not there: it is over, which is forgiven where it may not know, or was never opened. */
    protected final void unknownStream(int id, String frame) {
        if (idle(id)) {
            fault(ErrorCode.PROTOCOL_ERROR, frame + " on a stream that is idle");
        } else if (closed.ended(id)) {
            fault(ErrorCode.STREAM_CLOSED, frame + " on a stream that is closed");
        } else {
            idleFrame();
        }
    }

    @Override
    public void reset(int id, int code) {
        if (id == 0) {
            fault(ErrorCode.PROTOCOL_ERROR, "RST_STREAM without a stream");
            return;
        }
        Http2Stream stream = streams.get(id);
        if (stream != null) {
            resetByPeer(stream, ErrorCode.of(code));
        } else if (idle(id)) {
            fault(ErrorCode.PROTOCOL_ERROR, "RST_STREAM on a stream that is idle");
        } else {
            idleFrame();
        }
    }

    @Override
    public void setting(int identifier, int value) {
        switch (identifier) {
            case Frame.SETTINGS_HEADER_TABLE_SIZE -> encoder.peerTableBytes(value & 0xFFFF_FFFFL);
            case Frame.SETTINGS_INITIAL_WINDOW_SIZE -> {
                if (value < 0) {
                    fault(ErrorCode.FLOW_CONTROL_ERROR, "an initial window above 2^31-1");
                } else {
                    peerWindow(value);
                }
            }
            case Frame.SETTINGS_MAX_FRAME_SIZE -> {
                if (value < Frame.LEAST_MAX_BYTES || value > Frame.MOST_MAX_BYTES) {
                    fault(ErrorCode.PROTOCOL_ERROR, "a largest frame that is not from 2^14 to 2^24-1");
                } else {
                    output.peerFrameBytes(value);
                }
            }
            case Frame.SETTINGS_ENABLE_PUSH -> {
                if (value != 0 && value != 1) {
                    fault(ErrorCode.PROTOCOL_ERROR, "ENABLE_PUSH is neither 0 nor 1");
                } else {
                    roleSetting(identifier, value);
                }
            }
            case Frame.SETTINGS_ENABLE_CONNECT_PROTOCOL -> {
                if (value != 0 && value != 1) {
                    fault(ErrorCode.PROTOCOL_ERROR, "ENABLE_CONNECT_PROTOCOL is neither 0 nor 1");
                } else {
                    roleSetting(identifier, value);
                }
            }
            default -> roleSetting(identifier, value);
        }
    }

    private void peerWindow(int value) {
        int change = value - peerStreamWindow;
        peerStreamWindow = value;
        for (Http2Stream stream : snapshot()) {
            if (!stream.widen(change)) {
                fault(ErrorCode.FLOW_CONTROL_ERROR, "SETTINGS take a stream's window above 2^31-1");
                return;
            }
        }
    }

    @Override
    public void settings(boolean ack) {
        if (ack) {
            idleFrame();
            return;
        }
        if (idleFrames.strained(loop.worker().nowNs())) {
            fault(ErrorCode.ENHANCE_YOUR_CALM, "too many SETTINGS");
            return;
        }
        output.settingsAck();
        answered();
        if (!settled) {
            settled = true;
            settled();
        }
        pump();
    }

    boolean isSettled() {
        return settled;
    }

    @Override
    public void ping(long opaque, boolean ack) {
        if (ack) {
            pingAnswered(opaque);
        } else if (idleFrames.strained(loop.worker().nowNs())) {
            fault(ErrorCode.ENHANCE_YOUR_CALM, "too many PINGs");
        } else {
            output.ping(opaque, true);
            answered();
        }
    }

    /** A PING of ours was answered. */
    void pingAnswered(long opaque) {}

    @Override
    public void idleFrame() {
        if (idleFrames.strained(loop.worker().nowNs())) {
            fault(ErrorCode.ENHANCE_YOUR_CALM, "too many frames that do nothing");
        }
    }

    @Override
    public void windowUpdate(int id, int increment) {
        if (id == 0) {
            if (increment == 0) {
                fault(ErrorCode.PROTOCOL_ERROR, "a WINDOW_UPDATE of 0");
            } else if (sendWindow > Integer.MAX_VALUE - increment) {
                fault(ErrorCode.FLOW_CONTROL_ERROR, "the connection's window is above 2^31-1");
            } else {
                sendWindow += increment;
                idleFrame();
                pump();
            }
            return;
        }
        Http2Stream stream = streams.get(id);
        if (stream == null) {
            if (idle(id)) {
                fault(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE on a stream that is idle");
            } else {
                idleFrame();
            }
        } else if (increment == 0) {
            streamFault(id, ErrorCode.PROTOCOL_ERROR, "a WINDOW_UPDATE of 0");
        } else if (!stream.widen(increment)) {
            streamFault(id, ErrorCode.FLOW_CONTROL_ERROR, "the stream's window is above 2^31-1");
        } else {
            idleFrame();
            pump();
        }
    }

    @Override
    public void streamFault(int id, ErrorCode code, String why) {
        if (resetForFault()) {
            fault(ErrorCode.ENHANCE_YOUR_CALM, "too many streams in error, at last: " + why);
            return;
        }
        Http2Stream stream = streams.get(id);
        if (stream != null) {
            stream.failedByPeer(code, why);
        } else {
            output.reset(id, code);
            answered();
        }
    }

    @Override
    public void fault(ErrorCode code, String why) {
        if (failed) {
            return;
        }
        failed = true;
        reader.stop();
        ended(code, why);
    }

    /** An answer to a frame went out: where the peer reads none of them, they may not pile up. */
    private void answered() {
        var unsent = channel.unsafe().outboundBuffer();
        if (!channel.isWritable() && unsent != null && unsent.totalPendingWriteBytes() > MOST_UNSENT_BYTES) {
            fault(ErrorCode.ENHANCE_YOUR_CALM, "it makes us answer and does not read");
        }
    }

    // ---- what is sent ----

    /** Begins a header block; the encoder writes into {@link #block()}. */
    HpackEncoder encode() {
        HeaderBlock block = loop.headerBlock();
        block.clear();
        encoder.begin(block);
        return encoder;
    }

    HeaderBlock block() {
        return loop.headerBlock();
    }

    FrameOutput output() {
        return output;
    }

    /** How much a stream may send now as far as the connection is concerned. */
    int sendable() {
        return output.isWritable() ? sendWindow : 0;
    }

    /** A stream has sent so many bytes. */
    void sent(int bytes) {
        sendWindow -= bytes;
        idleFrames.relieve(RELIEF);
    }

    /** A message's head came or went: useful traffic. */
    void useful() {
        idleFrames.relieve(RELIEF);
    }

    /** A stream has more to send and waits for its turn. */
    void waits(Http2Stream stream) {
        waiting.addLast(stream);
    }

    /** The socket takes more: so do the streams that nothing else holds up. */
    void becameWritable() {
        for (Http2Stream stream : snapshot()) {
            if (!stream.hasQueued()) {
                stream.drained();
            }
        }
    }

    /** A stream that waits is over. */
    void waitsNot(Http2Stream stream) {
        waiting.remove(stream);
    }

    /** Lets the streams that wait send in turn, a frame each, while there is room. */
    void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        while (!waiting.isEmpty() && sendable() > 0) {
            Http2Stream next = waiting.pollFirst();
            next.turn();
        }
        pumping = false;
    }

    // ---- streams ----

    /** Removes a stream that both sides are done with. */
    void forget(Http2Stream stream, boolean resetByUs) {
        if (streams.remove(stream.id()) != null) {
            closed.add(stream.id(), resetByUs);
            streamClosed(stream);
        }
    }

    /** The streams that are open now; what is done to them may end them. */
    protected final List<Http2Stream> snapshot() {
        return new ArrayList<>(streams.values());
    }

    /** Ends everything: the connection is gone or about to be. */
    void close() {
        failed = true;
        reader.stop();
        output.stop();
        waiting.clear();
    }

    /** The highest stream of the peer's that was looked at. */
    abstract int lastPeerStream();

    @Nullable
    Http2Stream stream(int id) {
        return streams.get(id);
    }
}
