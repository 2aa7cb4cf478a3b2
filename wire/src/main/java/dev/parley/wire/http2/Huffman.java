package dev.parley.wire.http2;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The Huffman code of RFC 7541, appendix B. It is canonical, so that it follows from the lengths of its codes alone:
 * codes of one length are consecutive, in the order of their symbols, and longer ones follow shorter ones.
 *
 * <p>Decoding looks at twelve bits at a time, in which a table tells one symbol, or two where both fit; the twelve bits
 * cover all that texts mostly consist of. The few longer codes are found by the first code of each length.
 */
final class Huffman {
    private static final int EOS = 256;
    private static final int LONGEST = 30;
    private static final int PEEK = 12;

    /** Bits of each symbol's code, the last being that of EOS. */
    private static final byte[] BITS = {
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, //
        28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28, //
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, //
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, //
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, //
        7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, //
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, //
        6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, //
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, //
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, //
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, //
        21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, //
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, //
        19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, //
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, //
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, //
        30
    };

    private static final int[] CODES = new int[EOS + 1];

    /** Of each length: its first code, how many there are, and where its symbols begin in SYMBOLS. */
    private static final int[] FIRST = new int[LONGEST + 1];

    private static final int[] COUNT = new int[LONGEST + 1];
    private static final int[] START = new int[LONGEST + 1];
    private static final short[] SYMBOLS = new short[EOS + 1];

    /** By twelve bits: two symbols in the low bytes, the length of their codes in five bits, and whether it is one or two. */
    private static final int[] TABLE = new int[1 << PEEK];

    private static final int ALL_BITS = 16;
    private static final int SYMBOL_COUNT = 21;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    static {
        int code = 0;
        int placed = 0;
        for (int bits = 1; bits <= LONGEST; bits++) {
            code <<= 1;
            FIRST[bits] = code;
            START[bits] = placed;
            for (int symbol = 0; symbol <= EOS; symbol++) {
                if (BITS[symbol] == bits) {
                    SYMBOLS[placed++] = (short) symbol;
                    CODES[symbol] = code++;
                }
            }
            COUNT[bits] = code - FIRST[bits];
        }
        for (int peek = 0; peek < TABLE.length; peek++) {
            TABLE[peek] = entry(peek);
        }
    }

    private Huffman() {}

    private static int entry(int peek) {
        int first = symbol(peek, PEEK);
        if (first < 0) {
            return 0;
        }
        int bits = BITS[first];
        int second = symbol((peek << bits) & ((1 << PEEK) - 1), PEEK - bits);
        int all = second < 0 ? bits : bits + BITS[second];
        int count = second < 0 ? 1 : 2;
        return first | (Math.max(second, 0) << 8) | (all << ALL_BITS) | (count << SYMBOL_COUNT);
    }

    /** The symbol that the twelve bits begin with, if its code is within the first {@code most} of them, else -1. */
    private static int symbol(int peek, int most) {
        for (int bits = 1; bits <= most; bits++) {
            int index = (peek >>> (PEEK - bits)) - FIRST[bits];
            if (index >= 0 && index < COUNT[bits]) {
                return SYMBOLS[START[bits] + index];
            }
        }
        return -1;
    }

    /** The most bytes that {@code encoded} bytes stand for, and one that decoding may write beyond. */
    static int decodedBytes(int encoded) {
        return (int) ((encoded * 8L) / 5) + 2;
    }

    /**
     * Decodes into {@code out} from {@code at} on, where there must be room for {@link #decodedBytes}.
     *
     * @return the end of what was written; -1 where the string has EOS in it, or ends otherwise than with fewer than
     *     eight bits that are all ones (RFC 7541, section 5.2)
     */
    static int decode(byte[] in, int from, int to, byte[] out, int at) {
        // The next bits are the highest of the word; below its n bits are zeros until the string has ended.
        long word = 0;
        int n = 0;
        int end = at;
        while (true) {
            if (n < 32) {
                if (to - from >= 4) {
                    word |= ((int) INT.get(in, from) & 0xFFFFFFFFL) << (32 - n);
                    from += 4;
                    n += 32;
                } else if (from < to) {
                    word |= (in[from++] & 0xFFL) << (56 - n);
                    n += 8;
                    continue;
                } else if (n < LONGEST) {
                    return decodeLast(word, n, out, end);
                }
            }
            int entry = TABLE[(int) (word >>> (64 - PEEK))];
            if (entry != 0) {
                out[end] = (byte) entry;
                out[end + 1] = (byte) (entry >>> 8);
                int bits = (entry >>> ALL_BITS) & 31;
                word <<= bits;
                n -= bits;
                end += entry >>> SYMBOL_COUNT;
            } else {
                int symbol = longSymbol(word);
                if (symbol == EOS) {
                    return -1;
                }
                out[end++] = (byte) symbol;
                word <<= BITS[symbol];
                n -= BITS[symbol];
            }
        }
    }

    /** Decodes the last {@code n} bits, fewer than 30, as if ones without end followed. */
    private static int decodeLast(long bits, int n, byte[] out, int at) {
        long word = bits | (-1L >>> n);
        int left = n;
        int end = at;
        // No symbol but EOS begins with eight ones or more of padding, nor is one of fewer than eight bits all ones.
        while (word != -1L) {
            int entry = TABLE[(int) (word >>> (64 - PEEK))];
            int symbol = entry != 0 ? entry & 0xFF : longSymbol(word);
            int length = BITS[symbol];
            left -= length;
            if (left < 0) {
                return -1;
            }
            out[end++] = (byte) symbol;
            word = (word << length) | ((1L << length) - 1);
        }
        return left < 8 ? end : -1;
    }

    private static int longSymbol(long word) {
        int code = (int) (word >>> (64 - LONGEST));
        int bits = PEEK + 1;
        while ((code >>> (LONGEST - bits)) - FIRST[bits] >= COUNT[bits]) {
            bits++;
        }
        return SYMBOLS[START[bits] + (code >>> (LONGEST - bits)) - FIRST[bits]];
    }

    /** How many bytes the code needs for these, each changed by the map of 256 first. */
    static int encodedBytes(byte[] in, int from, int to, byte[] map) {
        long bits = 0;
        for (int i = from; i < to; i++) {
            bits += BITS[map[in[i] & 0xFF] & 0xFF];
        }
        return (int) ((bits + 7) >>> 3);
    }

    /** Writes the code of these bytes, each changed by the map first, and returns its end. Writes nothing beyond. */
    static int encode(byte[] in, int from, int to, byte[] map, byte[] out, int at) {
        long word = 0;
        int n = 0;
        int end = at;
        for (int i = from; i < to; i++) {
            int symbol = map[in[i] & 0xFF] & 0xFF;
            word = (word << BITS[symbol]) | CODES[symbol];
            n += BITS[symbol];
            if (n >= 32) {
                n -= 32;
                INT.set(out, end, (int) (word >>> n));
                end += 4;
            }
        }
        int padding = -n & 7;
        word = (word << padding) | ((1L << padding) - 1);
        for (n += padding; n > 0; n -= 8) {
            out[end++] = (byte) (word >>> (n - 8));
        }
        return end;
    }
}
