package dev.parley.wire.websocket;

import java.nio.ByteBuffer;
import java.util.function.IntSupplier;

/**
 * A WebSocket connection on its way through, which can be ended between two frames: each side is sent a Close frame with the
 * status 1001, "going away" (RFC 6455 section 7.4.1), and answers with its own.
 *
 * <p>The owner asks {@link #pass} of all that one side sends, then {@link #takeClose} whether a Close frame follows. Until
 * {@link #beginClose} everything passes. Where framing is lost or a side has sent a Close frame itself, nothing is put in. Used by
 * one thread.
 */
public final class WebSocketTunnel {
    private static final byte FIN_AND_CLOSE = (byte) 0x88;
    private static final int MASKED = 0x80;
    private static final int GOING_AWAY = 1001;
    private static final byte[] NOTHING = {};

    private final Direction fromClient = new Direction();
    private final Direction fromEndpoint = new Direction();
    private final IntSupplier maskingKeys;

    /** @param maskingKeys unpredictable numbers (section 5.3), asked for once, when the endpoint is sent a Close frame */
    public WebSocketTunnel(IntSupplier maskingKeys) {
        this.maskingKeys = maskingKeys;
    }

    /**
     * Follows {@code bytes[from..to)}, which one side sent.
     *
     * @return how many of them, from the first, go on to the other side; the others are dropped, for they follow a Close frame
     */
    public int pass(boolean byClient, ByteBuffer bytes, int from, int to) {
        return (byClient ? fromClient : fromEndpoint).pass(bytes, from, to);
    }

    /** A Close frame for the other side of the one that sent, to be sent behind what passed; empty where none is due. */
    public byte[] takeClose(boolean byClient) {
        Direction direction = byClient ? fromClient : fromEndpoint;
        if (!direction.closeDue) {
            return NOTHING;
        }
        direction.closeDue = false;
        // To the endpoint Parley speaks as a client, which masks (section 5.1).
        return byClient ? maskedClose(maskingKeys.getAsInt()) : close();
    }

    /** Ends it: at once where a frame has just ended, else when it does. {@link #takeClose} of both sides follows. */
    public void beginClose() {
        fromClient.beginClose();
        fromEndpoint.beginClose();
    }

    /** Whether both sides have sent a Close frame: nothing more is to come, and the connections can be closed. */
    public boolean closed() {
        return fromClient.scanner.closeSeen() && fromEndpoint.scanner.closeSeen();
    }

    private static byte[] close() {
        return new byte[] {FIN_AND_CLOSE, Short.BYTES, (byte) (GOING_AWAY >>> 8), (byte) GOING_AWAY};
    }

    private static byte[] maskedClose(int key) {
        return ByteBuffer.allocate(2 + Integer.BYTES + Short.BYTES)
                .put(FIN_AND_CLOSE)
                .put((byte) (MASKED | Short.BYTES))
                .putInt(key)
                .putShort((short) (GOING_AWAY ^ (key >>> 16)))
                .array();
    }

    /** What one side sends to the other. */
    private static final class Direction {
        private final FrameScanner scanner = new FrameScanner();
        private boolean closing;
        private boolean closeDue;
        private boolean ended;

        private int pass(ByteBuffer bytes, int from, int to) {
            if (!closing) {
                scanner.scan(bytes, from, to);
                return to - from;
            }
            int end = from;
            if (!ended) {
                int boundary = scanner.scanToBoundary(bytes, from, to);
                if (boundary < 0) {
                    return to - from;
                }
                end = boundary;
                end();
            }
            scanner.scan(bytes, end, to);
            return end - from;
        }

        private void beginClose() {
            if (!closing && !scanner.lost()) {
                closing = true;
                if (scanner.atBoundary()) {
                    end();
                }
            }
        }

        /** A frame has ended, and none follows but ours, where its sender had not ended it. */
        private void end() {
            ended = true;
            closeDue = !scanner.closeSeen();
        }
    }
}
