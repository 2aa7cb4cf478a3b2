package dev.parley.wire.http2;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Header blocks as text and back, for tests. */
final class Blocks {
    private Blocks() {}

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String latin(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** What a block is decoded to, a line each: "name: value". */
    static List<String> decode(HpackDecoder table, byte[] block) {
        HeaderBlock out = new HeaderBlock();
        List<String> lines = new ArrayList<>();
        int result = table.decode(block, 0, block.length, out, (id, fault, never, from, nameTo, valueTo) -> {
            lines.add(latin(out.bytes(), from, valueTo));
            return true;
        });
        return result == HpackDecoder.OK ? lines : List.of("broken");
    }

    /** Literals without indexing or Huffman: each line is "name: value", its name as it stands, colon or not. */
    static byte[] plain(String... lines) {
        HeaderBlock out = new HeaderBlock();
        for (String line : lines) {
            int colon = line.indexOf(": ", 1);
            put(out, 0);
            string(out, line.substring(0, colon));
            string(out, line.substring(colon + 2));
        }
        return bytes(out);
    }

    static byte[] bytes(HeaderBlock block) {
        return java.util.Arrays.copyOf(block.bytes(), block.length());
    }

    static void string(HeaderBlock out, String text) {
        byte[] bytes = latin(text);
        integer(out, 0, 7, bytes.length);
        for (byte b : bytes) {
            put(out, b);
        }
    }

    static void integer(HeaderBlock out, int bits, int prefixBits, int value) {
        int most = (1 << prefixBits) - 1;
        if (value < most) {
            put(out, bits | value);
            return;
        }
        put(out, bits | most);
        int rest = value - most;
        for (; rest > 127; rest >>>= 7) {
            put(out, (rest & 127) | 128);
        }
        put(out, rest);
    }

    static void put(HeaderBlock out, int b) {
        int at = out.length();
        out.room(at, 1)[at] = (byte) b;
        out.length(at + 1);
    }
}
