package dev.parley.wire.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WebSocketTunnelTest {
    private static final byte[] CLOSE = {(byte) 0x88, 2, 3, (byte) 0xE9};

    private final WebSocketTunnel tunnel = new WebSocketTunnel(() -> 0x01020304);

    private static byte[] frame(int first, boolean masked, int payload) {
        ByteArrayOutputStream made = new ByteArrayOutputStream();
        made.write(first);
        int mask = masked ? 0x80 : 0;
        if (payload < 126) {
            made.write(mask | payload);
        } else if (payload < 65536) {
            made.write(mask | 126);
            made.writeBytes(ByteBuffer.allocate(2).putShort((short) payload).array());
        } else {
            made.write(mask | 127);
            made.writeBytes(ByteBuffer.allocate(8).putLong(payload).array());
        }
        // A payload full of what looks like Close frames.
        for (int i = 0; i < payload + (masked ? 4 : 0); i++) {
            made.write(i % 2 == 0 ? 0x88 : 0);
        }
        return made.toByteArray();
    }

    private int pass(boolean byClient, byte[] bytes) {
        return tunnel.pass(byClient, ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    @Test
    void findsEveryBoundaryHoweverTheBytesAreCut() {
        SplittableRandom random = new SplittableRandom(17);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        List<Integer> ends = new ArrayList<>();
        for (int payload : new int[] {0, 1, 125, 126, 127, 65535, 65536, 70000, 5, 0, 300}) {
            all.writeBytes(frame(0x82, payload % 2 == 0, payload));
            ends.add(all.size());
        }
        ByteBuffer bytes = ByteBuffer.wrap(all.toByteArray());
        for (int round = 0; round < 200; round++) {
            FrameScanner scanner = new FrameScanner();
            List<Integer> found = new ArrayList<>();
            int at = 0;
            while (at < bytes.limit()) {
                int to = Math.min(bytes.limit(), at + 1 + random.nextInt(round % 2 == 0 ? 9 : 30_000));
                int boundary = scanner.scanToBoundary(bytes, at, to);
                if (boundary >= 0) {
                    found.add(boundary);
                }
                at = boundary < 0 ? to : boundary;
            }
            assertThat(found).isEqualTo(ends);
            assertThat(scanner.closeSeen()).isFalse();
        }
    }

    @Test
    void aCloseFrameIsSeenOnceItIsWhole() {
        FrameScanner scanner = new FrameScanner();
        ByteBuffer close = ByteBuffer.wrap(CLOSE);
        scanner.scan(close, 0, 3);
        assertThat(scanner.closeSeen()).isFalse();
        scanner.scan(close, 3, 4);
        assertThat(scanner.closeSeen()).isTrue();
        FrameScanner bare = new FrameScanner();
        bare.scan(ByteBuffer.wrap(new byte[] {(byte) 0x88, 0}), 0, 2);
        assertThat(bare.closeSeen()).isTrue();
    }

    @Test
    void bothSidesAreToldAtOnceBetweenFrames() {
        assertThat(pass(true, frame(0x81, true, 10))).isEqualTo(16);
        tunnel.beginClose();
        assertThat(tunnel.takeClose(true)).containsExactly(0x88, 0x82, 1, 2, 3, 4, 0x03 ^ 1, 0xE9 ^ 2);
        assertThat(tunnel.takeClose(false)).isEqualTo(CLOSE);
        assertThat(tunnel.takeClose(true)).isEmpty();
        assertThat(tunnel.closed()).isFalse();
        assertThat(pass(true, frame(0x81, true, 3))).as("after its Close frame").isZero();
        assertThat(pass(true, frame(0x88, true, 2))).isZero();
        assertThat(pass(false, frame(0x88, false, 2))).isZero();
        assertThat(tunnel.closed()).isTrue();
    }

    @Test
    void aFrameThatHasBegunIsPassedWhole() {
        byte[] frame = frame(0x82, true, 300);
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        assertThat(tunnel.pass(true, bytes, 0, 100)).isEqualTo(100);
        tunnel.beginClose();
        assertThat(tunnel.takeClose(true)).isEmpty();
        assertThat(tunnel.takeClose(false)).isEqualTo(CLOSE);
        assertThat(tunnel.pass(true, bytes, 100, 200)).isEqualTo(100);
        assertThat(tunnel.takeClose(true)).isEmpty();
        byte[] rest = new byte[frame.length - 200 + 6];
        System.arraycopy(frame, 200, rest, 0, frame.length - 200);
        rest[frame.length - 200] = (byte) 0x81;
        assertThat(pass(true, rest)).isEqualTo(frame.length - 200);
        assertThat(tunnel.takeClose(true)).hasSize(8);
    }

    @Test
    void aSideThatClosedItselfIsNotClosedAgain() {
        assertThat(pass(true, frame(0x88, true, 2))).isEqualTo(8);
        tunnel.beginClose();
        assertThat(tunnel.takeClose(true)).as("the endpoint has one already").isEmpty();
        assertThat(tunnel.takeClose(false)).isEqualTo(CLOSE);
        assertThat(pass(false, CLOSE)).isZero();
        assertThat(tunnel.closed()).isTrue();
    }

    @Test
    void whereFramingIsLostEverythingPassesAndNothingIsPutIn() {
        byte[] impossible = {(byte) 0x82, 127, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3};
        assertThat(pass(false, impossible)).isEqualTo(impossible.length);
        tunnel.beginClose();
        assertThat(tunnel.takeClose(false)).isEmpty();
        assertThat(pass(false, CLOSE)).isEqualTo(CLOSE.length);
        assertThat(tunnel.closed()).isFalse();
    }

    @Test
    void anyBytesAtAllPassUntilItIsClosed() {
        SplittableRandom random = new SplittableRandom(23);
        for (int round = 0; round < 2000; round++) {
            byte[] garbage = new byte[random.nextInt(64)];
            random.nextBytes(garbage);
            WebSocketTunnel each = new WebSocketTunnel(random::nextInt);
            assertThat(each.pass(round % 2 == 0, ByteBuffer.wrap(garbage), 0, garbage.length))
                    .isEqualTo(garbage.length);
        }
    }
}
