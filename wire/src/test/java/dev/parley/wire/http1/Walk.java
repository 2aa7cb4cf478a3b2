package dev.parley.wire.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;

/** Drives a scanner until it wants more or ends, collects the data, and checks what holds of every event. */
final class Walk {
    final StringBuilder data = new StringBuilder();
    long passed;
    int outcome;

    static Walk over(ChunkedScanner scanner, ByteBuffer in) {
        Walk walk = new Walk();
        walk.on(scanner, in);
        return walk;
    }

    void on(ChunkedScanner scanner, ByteBuffer in) {
        do {
            int before = in.position();
            outcome = scanner.next(in);
            int length = in.position() - before;
            switch (outcome) {
                case ChunkedScanner.DATA -> {
                    assertThat(length).isPositive().isEqualTo(scanner.dataBytes());
                    for (int at = before; at < in.position(); at++) {
                        data.append((char) (in.get(at) & 0xFF));
                    }
                }
                case ChunkedScanner.FRAMING -> assertThat(length).isPositive();
                case ChunkedScanner.NEED_MORE -> {
                    assertThat(length).isZero();
                    assertThat(in.hasRemaining()).isFalse();
                }
                default -> assertThat(length).isNotNegative();
            }
            passed += length;
        } while (outcome == ChunkedScanner.DATA || outcome == ChunkedScanner.FRAMING);
    }
}
