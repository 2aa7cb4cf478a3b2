package dev.parley.proxy.http2;

import dev.parley.proxy.exchange.ClientFacts;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.message.GrpcStatus;
import dev.parley.proxy.snapshot.ListenerView;
import dev.parley.proxy.upstream.Origin;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.http1.Refusal;
import dev.parley.wire.http2.ErrorCode;
import dev.parley.wire.http2.Frame;
import dev.parley.wire.http2.HeadDecoder;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A client's connection: opens a stream for each request that it makes, within bounds on what one client may make us do. */
final class ServerSession extends Session {
    /** What the handler of the connection does for its session. */
    interface Connection {
        /** No stream is open any more, or the first one is. */
        void streamsChanged(int open);

        /** The connection is in error: says goodbye and closes. */
        void end(ErrorCode code, String why);

        void pingAnswered(long opaque);

        /** Who connections to endpoints are made for. */
        Origin origin();
    }

    Origin origin() {
        return connection.origin();
    }

    /**
     * Streams that a client may have reset before they were answered, or made us reset, beyond what it let be answered. One that
     * opens and resets costs itself a few bytes and us and an endpoint a request each (CVE-2023-44487, CVE-2025-8671).
     */
    private static final int RESETS = 200;

    private static final int RESETS_PER_SECOND = 20;

    private final Supplier<ListenerView> listener;
    private final ClientFacts facts;
    private final Connection connection;
    private final int mostStreams;
    private final Patience resets;
    private final List<ServerStream> turns = new ArrayList<>(2);
    private int lastPeerStream;
    private int lastWelcome = Integer.MAX_VALUE;

    ServerSession(
            LoopState loop,
            Channel channel,
            Supplier<ListenerView> listener,
            ClientFacts facts,
            Connection connection) {
        super(
                loop,
                channel,
                listener.get().settings().http2(),
                listener.get().headLimits().headBytes() + Frame.LEAST_MAX_BYTES);
        this.listener = listener;
        this.facts = facts;
        this.connection = connection;
        mostStreams = listener.get().settings().http2().streams();
        resets = new Patience(RESETS, RESETS_PER_SECOND, loop.worker().nowNs());
    }

    /** Says what we take. */
    void start() {
        output.settings(
                Frame.SETTINGS_MAX_CONCURRENT_STREAMS,
                mostStreams,
                Frame.SETTINGS_INITIAL_WINDOW_SIZE,
                streamWindow(),
                Frame.SETTINGS_MAX_HEADER_LIST_SIZE,
                listener.get().headLimits().headBytes(),
                Frame.SETTINGS_ENABLE_CONNECT_PROTOCOL,
                1);
        openWindow();
    }

    ListenerView listener() {
        return listener.get();
    }

    // ---- requests ----

    @Override
    public void headers(int id, boolean endStream, byte[] block, int to) {
        Http2Stream open = streams.get(id);
        if (open != null) {
            trailers((ServerStream) open, endStream, block, to);
        } else if ((id & 1) == 0) {
            fault(ErrorCode.PROTOCOL_ERROR, "a client's streams have odd numbers");
        } else if (id > lastPeerStream) {
            lastPeerStream = id;
            open(id, endStream, block, to);
        } else if (closed.ended(id)) {
            fault(ErrorCode.STREAM_CLOSED, "HEADERS on a stream that is closed");
        } else if (closed.resetByUs(id)) {
            drop(block, to);
        } else {
            fault(ErrorCode.PROTOCOL_ERROR, "a stream's number is below one before it");
        }
    }

    private void open(int id, boolean endStream, byte[] block, int to) {
        if (id > lastWelcome) {
            drop(block, to);
            return;
        }
        if (streams.size() >= mostStreams) {
            if (drop(block, to)) {
                refuseStream(id);
            }
            return;
        }
        RequestHead head = loop.requestHead();
        HeadDecoder heads = loop.headDecoder();
        HeadDecoder.Result result = heads.request(
                decoder(), block, 0, to, endStream, true, listener().headLimits(), head);
        switch (result) {
            case OK -> {
                useful();
                opened(id).begin(head, listener(), facts, endStream);
            }
            case TOO_LARGE -> refuse(id, endStream, head, heads.refusal(), true);
            case MALFORMED -> refuse(id, endStream, head, heads.refusal(), answerable(heads.refusal()));
            case BOMB, COMPRESSION -> broken(result);
        }
    }

    private ServerStream opened(int id) {
        ServerStream stream = new ServerStream(this, id);
        streams.put(id, stream);
        if (streams.size() == 1) {
            connection.streamsChanged(1);
        }
        return stream;
    }

    private void refuse(int id, boolean endStream, RequestHead head, Refusal refusal, boolean answerable) {
        if (resetForFault()) {
            fault(ErrorCode.ENHANCE_YOUR_CALM, "too many malformed requests");
            return;
        }
        boolean grpc = GrpcStatus.isGrpc(head.fields());
        opened(id).refuse(refusal, endStream, listener(), facts, answerable, grpc);
    }

    /** Whether what was asked is clear and not to be had, which an answer says better than a reset. */
    private static boolean answerable(Refusal refusal) {
        return switch (refusal) {
            case DOT_SEGMENT,
                    TARGET_ENCODING,
                    TARGET_NUL,
                    HOST_MISSING,
                    HOST_INVALID,
                    EXPECTATION,
                    CONNECT,
                    METHOD_TOO_LONG -> true;
            default -> false;
        };
    }

    private void refuseStream(int id) {
        output.reset(id, ErrorCode.REFUSED_STREAM);
        closed.add(id, true);
        if (resets.strained(loop.worker().nowNs())) {
            fault(ErrorCode.ENHANCE_YOUR_CALM, "many more streams than allowed");
        }
    }

    private void trailers(ServerStream stream, boolean endStream, byte[] block, int to) {
        FieldBlock fields = loop.trailers();
        HeadDecoder.Result result = loop.headDecoder().trailers(decoder(), block, 0, to, false, fields);
        switch (result) {
            case OK -> {
                if (stream.remoteEnded()) {
                    streamFault(stream.id(), ErrorCode.STREAM_CLOSED, "HEADERS behind the end of the stream");
                } else if (!endStream) {
                    streamFault(stream.id(), ErrorCode.PROTOCOL_ERROR, "trailers that do not end the stream");
                } else {
                    stream.trailers(fields);
                }
            }
            case MALFORMED, TOO_LARGE ->
                streamFault(
                        stream.id(),
                        stream.remoteEnded() ? ErrorCode.STREAM_CLOSED : ErrorCode.PROTOCOL_ERROR,
                        loop.headDecoder().refusal().explanation());
            case BOMB, COMPRESSION -> broken(result);
        }
    }

    /** Reads a block for the sake of the table that both sides keep; whether the connection can go on. */
    private boolean drop(byte[] block, int to) {
        idleFrame();
        HeadDecoder.Result result = loop.headDecoder().trailers(decoder(), block, 0, to, false, loop.trailers());
        if (result == HeadDecoder.Result.BOMB || result == HeadDecoder.Result.COMPRESSION) {
            broken(result);
        }
        return !failed();
    }

    private void broken(HeadDecoder.Result result) {
        if (result == HeadDecoder.Result.BOMB) {
            fault(ErrorCode.ENHANCE_YOUR_CALM, "a head is many times larger than allowed");
        } else {
            fault(ErrorCode.COMPRESSION_ERROR, "a header block breaks the rules of HPACK");
        }
    }

    /** A stream handed part of a body over in this turn. */
    void turnsOf(ServerStream stream) {
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

    // ---- resets and the end ----

    @Override
    void resetByPeer(Http2Stream stream, ErrorCode code) {
        ServerStream of = (ServerStream) stream;
        if (of.unanswered() && resets.strained(loop.worker().nowNs())) {
            fault(ErrorCode.ENHANCE_YOUR_CALM, "too many requests are reset before they are answered");
            return;
        }
        of.resetByClient();
    }

    @Override
    boolean resetForFault() {
        return resets.strained(loop.worker().nowNs());
    }

    /** A request was answered to its end by an endpoint. */
    void answeredWhole() {
        resets.relieve(1);
    }

    @Override
    public void goAway(int lastStream, int code) {
        // The client opens no further streams; what is open goes on (RFC 9113 section 6.8).
        idleFrame();
    }

    /** Streams above this one are no longer welcome: as told with GOAWAY. */
    void lastWelcome(int stream) {
        lastWelcome = stream;
    }

    @Override
    void settled() {}

    @Override
    void roleSetting(int identifier, int value) {}

    @Override
    boolean idle(int stream) {
        return (stream & 1) == 0 || stream > lastPeerStream;
    }

    @Override
    int lastPeerStream() {
        return lastPeerStream;
    }

    @Override
    void streamClosed(Http2Stream stream) {
        ((ServerStream) stream).closed();
        if (streams.isEmpty()) {
            connection.streamsChanged(0);
        }
    }

    @Override
    void ended(ErrorCode code, String why) {
        connection.end(code, why);
    }

    @Override
    void pingAnswered(long opaque) {
        connection.pingAnswered(opaque);
    }

    @Override
    public boolean suspended() {
        return !output.isWritable();
    }

    /** The client takes nothing: every answer that it is owed ends so. */
    void stallStreams() {
        for (Http2Stream stream : snapshot()) {
            ((ServerStream) stream).stalled();
        }
    }

    /** Asks the WebSockets among the streams to end. */
    void askTunnelsToGo() {
        for (Http2Stream stream : snapshot()) {
            ((ServerStream) stream).askToGo();
        }
    }

    /** Cuts every stream that is open. */
    void cutStreams() {
        for (Http2Stream stream : snapshot()) {
            ((ServerStream) stream).cut();
        }
    }

    /** The connection is gone. */
    void lost() {
        close();
        for (Http2Stream stream : snapshot()) {
            stream.connectionLost("the client closed the connection");
        }
    }
}
