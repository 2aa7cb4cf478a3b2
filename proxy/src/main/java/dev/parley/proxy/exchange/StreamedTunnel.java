package dev.parley.proxy.exchange;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A tunnel that stays in its exchange, as a body without end each way: where client or endpoint shares its connection with
 * others. Of a WebSocket the frames are followed, so that it can be asked to end between two of them.
 */
final class StreamedTunnel {
    private final @Nullable TunnelFrames frames;

    StreamedTunnel(boolean webSocket) {
        frames = webSocket ? new TunnelFrames() : null;
    }

    /** Passes on what the client sent; answers whether both sides have said goodbye. */
    boolean fromClient(ByteBuf from, int length, boolean last, Upstream to) {
        if (frames == null) {
            to.body(from, length, last);
        } else {
            int kept = frames.pass(true, from, length);
            to.body(from, kept, false);
            from.skipBytes(length - kept);
            ByteBuf close = frames.takeClose(true);
            to.body(close, close.readableBytes(), last);
        }
        to.flush();
        return frames != null && frames.gone();
    }

    /** Passes on what the endpoint sent; answers whether both sides have said goodbye. */
    boolean fromEndpoint(ByteBuf from, int length, boolean last, ClientSide to) {
        if (frames == null) {
            to.answerBody(from, length, last);
            return false;
        }
        int kept = frames.pass(false, from, length);
        to.answerBody(from, kept, false);
        from.skipBytes(length - kept);
        ByteBuf close = frames.takeClose(false);
        to.answerBody(close, close.readableBytes(), last);
        return frames.gone();
    }

    /** Asks both sides to end, where it is a WebSocket that was not asked before. */
    void askToGo(Upstream upstream, ClientSide client) {
        if (frames == null || frames.asked()) {
            return;
        }
        frames.ask();
        ByteBuf toEndpoint = frames.takeClose(true);
        upstream.body(toEndpoint, toEndpoint.readableBytes(), false);
        upstream.flush();
        ByteBuf toClient = frames.takeClose(false);
        client.answerBody(toClient, toClient.readableBytes(), false);
        client.flush();
    }

    /** Whether it was asked to end. */
    boolean asked() {
        return frames != null && frames.asked();
    }
}
