package dev.parley.proxy.http2;

import dev.parley.model.Http2;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.exchange.UpstreamOwner.Failure;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http2.ErrorCode;
import dev.parley.wire.http2.Frame;
import dev.parley.wire.http2.HeadDecoder;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A connection to an endpoint: opens a stream for each request, as many at a time as both sides allow. */
final class ClientSession extends Session {
    /** Heads of answers, as over HTTP/1.1. */
    private static final HeadLimits LIMITS = new HeadLimits(60 * 1024, 60 * 1024, 200);
    /** Resets that an endpoint makes us send, by breaking the rules, before the connection is given up. */
    private static final int FAULTS = 100;

    private static final int FAULTS_PER_SECOND = 10;

    /** What the handler of the connection does for its session. */
    interface Connection {
        /** The endpoint said what it takes. */
        void settled();

        void streamsChanged(int open);

        /** No stream above this one will be answered. */
        void goAway();

        void end(ErrorCode code, String why);

        void pingAnswered();

        /** The endpoint answers nothing on this connection: no new stream is to be opened on it. */
        void suspect();
    }

    private final Connection connection;
    private final int mostStreams;
    private final Patience faults;
    private final RequestLines lines = new RequestLines();
    private long peerStreams = Integer.MAX_VALUE;
    private final List<ClientStream> turns = new ArrayList<>(2);
    private int nextStream = 1;
    private boolean takesTunnels;
    private boolean tls;

    ClientSession(LoopState loop, Channel channel, Http2 settings, Connection connection) {
        super(loop, channel, settings, LIMITS.headBytes() + Frame.LEAST_MAX_BYTES);
        this.connection = connection;
        mostStreams = settings.streams();
        faults = new Patience(FAULTS, FAULTS_PER_SECOND, loop.worker().nowNs());
    }

    void start(boolean overTls) {
        tls = overTls;
        output.preface();
        output.settings(
                Frame.SETTINGS_ENABLE_PUSH,
                0,
                Frame.SETTINGS_INITIAL_WINDOW_SIZE,
                streamWindow(),
                Frame.SETTINGS_MAX_HEADER_LIST_SIZE,
                LIMITS.headBytes());
        openWindow();
    }

    RequestLines lines() {
        return lines;
    }

    boolean tls() {
        return tls;
    }

    /** Whether the endpoint takes extended CONNECT (RFC 8441). */
    boolean takesTunnels() {
        return takesTunnels;
    }

    /** How many streams may be open at a time. */
    int capacity() {
        return (int) Math.min(mostStreams, peerStreams);
    }

    /** A stream for a request; null where there is no room for it. */
    @Nullable
    ClientStream open() {
        if (failed() || streams.size() >= capacity() || nextStream < 0) {
            return null;
        }
        ClientStream stream = new ClientStream(this, nextStream);
        streams.put(nextStream, stream);
        nextStream += 2;
        if (streams.size() == 1) {
            connection.streamsChanged(1);
        }
        return stream;
    }

    /** A stream handed on what has yet to be flushed at the end of this turn. */
    void turnsOf(ClientStream stream) {
        if (turns.isEmpty() || !turns.getLast().equals(stream)) {
            turns.add(stream);
        }
    }

    /** All that came in one turn was read. */
    void turnEnded() {
        for (int i = 0; i < turns.size(); i++) {
            turns.get(i).turnEnded();
        }
        turns.clear();
    }

    /** Whether all numbers are used up. */
    boolean exhausted() {
        return nextStream < 0;
    }

    @Override
    public void headers(int id, boolean endStream, byte[] block, int to) {
        ClientStream stream = (ClientStream) streams.get(id);
        if (stream == null) {
            if (idle(id)) {
                fault(ErrorCode.PROTOCOL_ERROR, "HEADERS on a stream that was not opened");
            } else {
                idleFrame();
                checked(loop.headDecoder().trailers(decoder(), block, 0, to, true, loop.trailers()));
            }
            return;
        }
        if (stream.answering()) {
            trailers(stream, endStream, block, to);
            return;
        }
        ResponseHead head = loop.responseHead();
        HeadDecoder.Result result =
                loop.headDecoder().response(decoder(), block, 0, to, endStream, stream.method(), LIMITS, head);
        if (checked(result)) {
            if (result == HeadDecoder.Result.OK) {
                useful();
                stream.head(head, endStream);
            } else {
                streamFault(
                        id,
                        ErrorCode.PROTOCOL_ERROR,
                        loop.headDecoder().refusal().explanation());
            }
        }
    }

    private void trailers(ClientStream stream, boolean endStream, byte[] block, int to) {
        FieldBlock fields = loop.trailers();
        HeadDecoder.Result result = loop.headDecoder().trailers(decoder(), block, 0, to, true, fields);
        if (!checked(result)) {
            return;
        }
        if (result != HeadDecoder.Result.OK) {
            streamFault(
                    stream.id(),
                    ErrorCode.PROTOCOL_ERROR,
                    loop.headDecoder().refusal().explanation());
        } else if (!endStream) {
            streamFault(stream.id(), ErrorCode.PROTOCOL_ERROR, "trailers that do not end the stream");
        } else {
            stream.answerTrailers(fields);
        }
    }

    private boolean checked(HeadDecoder.Result result) {
        switch (result) {
            case BOMB -> fault(ErrorCode.ENHANCE_YOUR_CALM, "a head is many times larger than allowed");
            case COMPRESSION -> fault(ErrorCode.COMPRESSION_ERROR, "a header block breaks the rules of HPACK");
            case OK, MALFORMED, TOO_LARGE -> {}
        }
        return !failed();
    }

    @Override
    void roleSetting(int identifier, int value) {
        switch (identifier) {
            case Frame.SETTINGS_MAX_CONCURRENT_STREAMS -> peerStreams = value & 0xFFFF_FFFFL;
            case Frame.SETTINGS_ENABLE_CONNECT_PROTOCOL -> takesTunnels = value == 1;
            case Frame.SETTINGS_ENABLE_PUSH -> {
                if (value != 0) {
                    fault(ErrorCode.PROTOCOL_ERROR, "a server cannot be pushed to");
                }
            }
            default -> {}
        }
    }

    @Override
    void settled() {
        connection.settled();
    }

    @Override
    public void goAway(int lastStream, int code) {
        idleFrame();
        if (failed()) {
            return;
        }
        connection.goAway();
        for (Http2Stream each : snapshot()) {
            if (each.id() > lastStream) {
                ((ClientStream) each).refused("it is going away (" + ErrorCode.of(code) + ")");
            }
        }
    }

    @Override
    boolean idle(int stream) {
        return (stream & 1) == 0 || (stream >= nextStream && nextStream > 0);
    }

    @Override
    boolean manyOwners() {
        return true;
    }

    @Override
    int lastPeerStream() {
        return 0;
    }

    @Override
    void streamClosed(Http2Stream stream) {
        ((ClientStream) stream).closed();
        if (streams.isEmpty()) {
            connection.streamsChanged(0);
        }
    }

    @Override
    void resetByPeer(Http2Stream stream, ErrorCode code) {
        ((ClientStream) stream).resetByEndpoint(code);
    }

    @Override
    boolean resetForFault() {
        return faults.strained(loop.worker().nowNs());
    }

    @Override
    void ended(ErrorCode code, String why) {
        connection.end(code, why);
    }

    @Override
    void pingAnswered(long opaque) {
        connection.pingAnswered();
    }

    /** The connection is perhaps dead. */
    void suspect() {
        connection.suspect();
    }

    /** The connection is gone, and its streams with it. */
    void lost(Failure failure, String why) {
        close();
        for (Http2Stream stream : snapshot()) {
            ((ClientStream) stream).fail(failure, why);
        }
    }
}
