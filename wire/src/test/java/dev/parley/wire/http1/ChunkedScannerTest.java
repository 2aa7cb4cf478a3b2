package dev.parley.wire.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkedScannerTest {
    private static final String GOOD = String.join(
            "\r\n",
            "5;a;b=c;d=\"e \\\" \t f\";g",
            "hello",
            "00A",
            "\r\n6789\r\n01",
            "1;f",
            "x",
            "0;z=1",
            "X-Checksum: abc ",
            "Server-Timing:",
            "\r\n");

    private final ChunkedScanner scanner = new ChunkedScanner();

    @Test
    void tellsDataFromFramingAndStopsAtTheEnd() {
        Walk walk = Walk.over(scanner, ByteBuffer.wrap(Requests.bytes(GOOD + "GET / HTTP/1.1\r\n")));

        assertThat(walk.outcome).isEqualTo(ChunkedScanner.END);
        assertThat(walk.data.toString()).isEqualTo("hello\r\n6789\r\n01x");
        assertThat(walk.passed).isEqualTo(GOOD.length());
        assertThat(scanner.next(ByteBuffer.allocate(9))).isEqualTo(ChunkedScanner.END);
    }

    @Test
    void walksDirectBuffersFromAnyPosition() {
        ByteBuffer in = ByteBuffer.allocateDirect(100).position(7);
        in.put(Requests.bytes("1\r\nx\r\n0\r\n\r\n")).flip().position(7);

        assertThat(Walk.over(scanner, in).outcome).isEqualTo(ChunkedScanner.END);
    }

    @Test
    void resumesAtEveryCut() {
        byte[] bytes = Requests.bytes(GOOD);
        for (int cut = 0; cut <= bytes.length; cut++) {
            scanner.reset();
            Walk walk = Walk.over(scanner, ByteBuffer.wrap(bytes, 0, cut));
            assertThat(walk.outcome).isEqualTo(cut == bytes.length ? ChunkedScanner.END : ChunkedScanner.NEED_MORE);
            assertThat(walk.passed).isEqualTo(cut);
            walk.on(scanner, ByteBuffer.wrap(bytes, cut, bytes.length - cut));
            assertThat(walk.outcome).isEqualTo(ChunkedScanner.END);
            assertThat(walk.data.toString()).isEqualTo("hello\r\n6789\r\n01x");
        }
    }

    /** Damaged bodies too: where they are refused must not depend on how they arrive. */
    @Test
    void answersAlikeHoweverTheBodyIsCut() {
        long seed = System.nanoTime();
        System.out.println("answersAlikeHoweverTheBodyIsCut seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = Requests.bytes(GOOD);
            for (int damage = random.nextInt(3); damage > 0; damage--) {
                bytes[random.nextInt(bytes.length)] = (byte) "\r\n;=\"0f: \u0000x\\".charAt(random.nextInt(12));
            }
            scanner.reset();
            Walk whole = Walk.over(scanner, ByteBuffer.wrap(bytes));
            scanner.reset();
            Walk cut = Walk.over(scanner, ByteBuffer.allocate(0));
            for (int at = 0; at < bytes.length && cut.outcome == ChunkedScanner.NEED_MORE; ) {
                int length = Math.min(1 + random.nextInt(9), bytes.length - at);
                cut.on(scanner, ByteBuffer.wrap(bytes, at, length));
                at += length;
            }
            assertThat(cut.outcome).as("seed %d round %d", seed, round).isEqualTo(whole.outcome);
            assertThat(cut.data.toString()).isEqualTo(whole.data.toString());
            assertThat(cut.passed).isEqualTo(whole.passed);
        }
    }

    @Test
    void passesOverTheLargestChunk() {
        ByteBuffer in = ByteBuffer.wrap(Requests.bytes("7fffffffffffffff\r\nxyz"));
        Walk walk = Walk.over(scanner, in);
        assertThat(walk.outcome).isEqualTo(ChunkedScanner.NEED_MORE);
        assertThat(walk.data.toString()).isEqualTo("xyz");
    }

    @Test
    void isAsNewAfterReset() {
        Walk.over(scanner, ByteBuffer.wrap(Requests.bytes("x")));
        scanner.reset();
        assertThat(Walk.over(scanner, ByteBuffer.wrap(Requests.bytes("0\r\n\r\n"))).outcome)
                .isEqualTo(ChunkedScanner.END);
        scanner.reset();
        Walk.over(scanner, ByteBuffer.wrap(Requests.bytes("0\r\nX: y\r\n")));
        scanner.reset();
        assertThat(Walk.over(scanner, ByteBuffer.wrap(Requests.bytes("0\r\nhost: y\r\n"))).outcome)
                .isEqualTo(ChunkedScanner.REFUSED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1;\r\n",
                "1; a\r\n",
                "1;a \r\n",
                "1;a=\r\n",
                "1;a= b\r\n",
                "1;a =b\r\n",
                "1;a=b=c\r\n",
                "1;=b\r\n",
                "1;a;\r\n",
                "1;a=\"b\"c\r\n",
                "1;a=\"\u0001\"\r\n",
                "1;a=\"\\\u0000\"\r\n",
                "1;a,b\r\n",
                "1;a=(\r\n",
                "1;\u0000\r\n",
                "1;a=\"\r\n",
            })
    void refusesExtensionsThatAreMalformed(String line) {
        refuses(line, Refusal.CHUNK_EXTENSION);
    }

    @Test
    void boundsOneLine() {
        refuses("1;" + "a".repeat(255), Refusal.CHUNK_LINE_TOO_LONG);
        scanner.reset();
        assertThat(Walk.over(scanner, ByteBuffer.wrap(Requests.bytes("1;" + "a".repeat(254) + "\r\n"))).outcome)
                .isEqualTo(ChunkedScanner.NEED_MORE);
    }

    @Test
    void boundsExtensionsOverTheWholeBody() {
        String chunk = "1;" + "a".repeat(199) + "\r\nx\r\n";
        refuses(chunk.repeat(82), Refusal.CHUNK_EXTENSIONS_TOO_LARGE);
        scanner.reset();
        assertThat(Walk.over(scanner, ByteBuffer.wrap(Requests.bytes(chunk.repeat(81)))).outcome)
                .isEqualTo(ChunkedScanner.NEED_MORE);
    }

    @Test
    void boundsTrailers() {
        refuses("0\r\n" + "X: y\r\n".repeat(65), Refusal.TRAILERS_TOO_LARGE);
        refuses("0\r\nX: " + "y".repeat(8190), Refusal.TRAILERS_TOO_LARGE);
        scanner.reset();
        assertThat(Walk.over(scanner, ByteBuffer.wrap(Requests.bytes("0\r\n" + "X: y\r\n".repeat(64) + "\r\n")))
                        .outcome)
                .isEqualTo(ChunkedScanner.END);
    }

    private void refuses(String body, Refusal why) {
        scanner.reset();
        assertThat(Walk.over(scanner, ByteBuffer.wrap(Requests.bytes(body))).outcome)
                .as(body)
                .isEqualTo(ChunkedScanner.REFUSED);
        assertThat(scanner.refusal()).isEqualTo(why);
    }
}
