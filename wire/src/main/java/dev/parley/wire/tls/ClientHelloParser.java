package dev.parley.wire.tls;

import org.jspecify.annotations.Nullable;

/**
 * Reads a ClientHello out of the records that it comes in. Called a few times a connection, so it may allocate its answer.
 *
 * <p>Bound: a hello of {@value #MOST_BYTES} bytes, in as many records as carry at least one byte each and
 * {@value #MOST_RECORDS} at most. Today's hellos have 200 to 2000 bytes.
 */
public final class ClientHelloParser {
    /** The longest hello that is read, its record headers not counted. BoringSSL takes as much. */
    public static final int MOST_BYTES = 16 * 1024;

    /** Records that one hello may be spread over. */
    public static final int MOST_RECORDS = 64;

    /** What is ever asked for: the hello and the headers of its records. */
    public static final int MOST_INPUT = MOST_BYTES + MOST_RECORDS * ClientHelloParser.RECORD_HEADER;

    private static final int RECORD_HEADER = 5;
    private static final int HANDSHAKE_HEADER = 4;
    private static final int HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int MOST_FRAGMENT = 16 * 1024;

    /** What the bytes so far are. */
    public sealed interface Result {}

    /**
     * The beginning of a hello.
     *
     * @param bytes how many are needed before it is worth looking again
     */
    public record NeedMore(int bytes) implements Result {}

    /** No TLS at all. */
    public record NotTls() implements Result {}

    /** TLS, and nothing that can be gone on with: why. */
    public record Refused(String why) implements Result {}

    /** A whole hello. */
    public record Whole(ClientHello hello) implements Result {}

    private ClientHelloParser() {}

    /** Whether bytes could be the beginning of TLS: a handshake record of version 3.x. True while there are none. */
    public static boolean couldBeTls(byte[] bytes, int from, int to) {
        return (to - from < 1 || bytes[from] == HANDSHAKE)
                && (to - from < 2 || bytes[from + 1] == 3)
                && (to - from < 3 || (bytes[from + 2] >= 0 && bytes[from + 2] <= 4))
                && (to - from < 6 || bytes[from + 5] == CLIENT_HELLO);
    }

    /** Reads {@code bytes[from..to)} and never looks beyond. */
    public static Result parse(byte[] bytes, int from, int to) {
        if (!couldBeTls(bytes, from, to)) {
            return new NotTls();
        }
        int records = 0;
        int gathered = 0;
        int wanted = HANDSHAKE_HEADER;
        byte @Nullable [] joined = null;
        int at = from;
        while (true) {
            if (to - at < RECORD_HEADER) {
                return new NeedMore(at - from + RECORD_HEADER);
            }
            if (records > 0 && (bytes[at] != HANDSHAKE || bytes[at + 1] != 3)) {
                return new Refused("The ClientHello is broken off by a record of another kind.");
            }
            int length = u16(bytes, at + 3);
            if (length == 0 || length > MOST_FRAGMENT) {
                return new Refused("A record of the ClientHello has " + length + " bytes; 1 to 16384 are allowed.");
            }
            // By what the record announces, so that no more is ever asked for than is allowed.
            if (gathered + length > MOST_BYTES || records == MOST_RECORDS) {
                return new Refused("The ClientHello is longer than 16 KiB, or in more than 64 records.");
            }
            if (to - at - RECORD_HEADER < length) {
                return new NeedMore(at - from + RECORD_HEADER + length);
            }
            records++;
            int body = at + RECORD_HEADER;
            at = body + length;
            if (records == 1 && length >= HANDSHAKE_HEADER && HANDSHAKE_HEADER + u24(bytes, body + 1) <= length) {
                return read(bytes, body, body + length);
            }
            if (joined == null) {
                joined = new byte[MOST_BYTES];
            }
            System.arraycopy(bytes, body, joined, gathered, length);
            gathered += length;
            if (gathered >= HANDSHAKE_HEADER) {
                wanted = HANDSHAKE_HEADER + u24(joined, 1);
                if (wanted > MOST_BYTES) {
                    return new Refused("The ClientHello is longer than 16 KiB.");
                }
            }
            if (gathered >= wanted && gathered >= HANDSHAKE_HEADER) {
                return read(joined, 0, gathered);
            }
        }
    }

    private static Result read(byte[] bytes, int from, int to) {
        if (bytes[from] != CLIENT_HELLO) {
            return new NotTls();
        }
        int length = u24(bytes, from + 1);
        if (HANDSHAKE_HEADER + length != to - from) {
            return new Refused("The ClientHello's record has something behind it.");
        }
        try {
            return new Whole(new HelloReader(bytes, from + HANDSHAKE_HEADER, to).hello());
        } catch (HelloReader.Malformed malformed) {
            return new Refused(malformed.why());
        }
    }

    private static int u16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
    }

    private static int u24(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 16 | u16(bytes, at + 1);
    }
}
