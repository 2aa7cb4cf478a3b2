package dev.parley.proxy.exchange;

import dev.parley.wire.websocket.WebSocketTunnel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.function.IntSupplier;

/** A WebSocket that passes through an exchange and not between two bare sockets: followed so that a drain ends it between two frames. */
final class TunnelFrames {
    private static final IntSupplier MASKING_KEYS = new SecureRandom()::nextInt;

    private final WebSocketTunnel frames = new WebSocketTunnel(MASKING_KEYS);
    private boolean asked;

    /** How many of the next {@code length} bytes go on to the other side; the others are to be dropped. */
    int pass(boolean byClient, ByteBuf from, int length) {
        ByteBuffer view = from.nioBuffer(from.readerIndex(), length);
        return frames.pass(byClient, view, view.position(), view.limit());
    }

    /** Asks both sides to go; {@link #takeClose} of each follows. */
    void ask() {
        asked = true;
        frames.beginClose();
    }

    /** Whether both have gone, as they were asked to: nothing more is to come. */
    boolean gone() {
        return asked && frames.closed();
    }

    boolean asked() {
        return asked;
    }

    /** What goes to the other side of the one that sent, behind what passed; nothing where none is due. */
    ByteBuf takeClose(boolean byClient) {
        return Unpooled.wrappedBuffer(frames.takeClose(byClient));
    }
}
