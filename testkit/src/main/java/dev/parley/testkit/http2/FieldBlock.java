package dev.parley.testkit.http2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.List;

/**
 * Field blocks written by hand (RFC 7541): literals without indexing and without Huffman coding, so that the bytes are
 * plain, and neither side's table changes unless a test says so with {@link #indexing} or {@link #raw}.
 */
public final class FieldBlock {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Names and values by turns. */
    public static byte[] of(String... namesAndValues) {
        return new FieldBlock().literal(namesAndValues).bytes();
    }

    public static byte[] of(List<String> namesAndValues) {
        return of(namesAndValues.toArray(String[]::new));
    }

    /** Names and values by turns, as literals without indexing. */
    public FieldBlock literal(String... namesAndValues) {
        for (int i = 0; i < namesAndValues.length; i += 2) {
            bytes.write(0);
            string(namesAndValues[i]);
            string(namesAndValues[i + 1]);
        }
        return this;
    }

    /** A literal that the other side has to put into its dynamic table. */
    public FieldBlock indexing(String name, String value) {
        bytes.write(0x40);
        string(name);
        string(value);
        return this;
    }

    /** An entry of the static table (1 to 61) or of the dynamic one (from 62). */
    public FieldBlock indexed(int index) {
        integer(0x80, 7, index);
        return this;
    }

    /** An update of the dynamic table's size. */
    public FieldBlock tableSize(int size) {
        integer(0x20, 5, size);
        return this;
    }

    /** Any octets. */
    public FieldBlock raw(int... octets) {
        for (int octet : octets) {
            bytes.write(octet);
        }
        return this;
    }

    public byte[] bytes() {
        return bytes.toByteArray();
    }

    private void string(String text) {
        byte[] octets = text.getBytes(ISO_8859_1);
        integer(0, 7, octets.length);
        bytes.writeBytes(octets);
    }

    private void integer(int pattern, int bits, int value) {
        int most = (1 << bits) - 1;
        if (value < most) {
            bytes.write(pattern | value);
            return;
        }
        bytes.write(pattern | most);
        int rest = value - most;
        while (rest >= 128) {
            bytes.write((rest & 127) | 128);
            rest >>>= 7;
        }
        bytes.write(rest);
    }
}
