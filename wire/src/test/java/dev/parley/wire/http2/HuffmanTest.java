package dev.parley.wire.http2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HuffmanTest {
    private static final byte[] SAME = new byte[256];

    static {
        for (int b = 0; b < 256; b++) {
            SAME[b] = (byte) b;
        }
    }

    @Test
    void everyByteComesBackAtEveryPlace() {
        for (int b = 0; b < 256; b++) {
            for (int before = 0; before < 12; before++) {
                byte[] text = new byte[before + 1 + b % 5];
                Arrays.fill(text, (byte) 'a');
                text[before] = (byte) b;
                comesBack(text);
            }
        }
    }

    @Test
    void randomTextsComeBack() {
        long seed = Long.getLong("parley.seed", System.nanoTime());
        System.out.println("huffman seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            byte[] text = new byte[random.nextInt(40)];
            random.nextBytes(text);
            if (round % 2 == 0) {
                for (int i = 0; i < text.length; i++) {
                    text[i] = (byte) (32 + (text[i] & 63));
                }
            }
            comesBack(text);
        }
    }

    /** Whatever is accepted is the code of what it is decoded to: there is one code for each text. */
    @Test
    void randomBitsAreRefusedOrTheCodeOfTheirText() {
        long seed = Long.getLong("parley.seed", System.nanoTime());
        System.out.println("huffman seed " + seed);
        Random random = new Random(seed);
        int accepted = 0;
        for (int round = 0; round < 50_000; round++) {
            byte[] code = new byte[random.nextInt(9)];
            random.nextBytes(code);
            byte[] text = new byte[Huffman.decodedBytes(code.length)];
            int end = Huffman.decode(code, 0, code.length, text, 0);
            if (end >= 0) {
                accepted++;
                assertThat(encode(Arrays.copyOf(text, end))).as("seed %d", seed).isEqualTo(code);
            }
        }
        assertThat(accepted).isPositive();
    }

    private static void comesBack(byte[] text) {
        byte[] code = encode(text);
        byte[] back = new byte[Huffman.decodedBytes(code.length)];
        int end = Huffman.decode(code, 0, code.length, back, 0);
        assertThat(Arrays.copyOf(back, Math.max(end, 0))).isEqualTo(text);
    }

    private static byte[] encode(byte[] text) {
        byte[] code = new byte[Huffman.encodedBytes(text, 0, text.length, SAME)];
        assertThat(Huffman.encode(text, 0, text.length, SAME, code, 0)).isEqualTo(code.length);
        return code;
    }
}
