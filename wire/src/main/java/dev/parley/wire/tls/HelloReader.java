package dev.parley.wire.tls;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the body of one ClientHello that is wholly there. Each vector has to fill exactly what holds it. */
final class HelloReader {
    private static final int SERVER_NAME = 0;
    private static final int ALPN = 16;
    private static final int SUPPORTED_VERSIONS = 43;
    private static final int TLS_1_2 = 0x0303;
    private static final int TLS_1_3 = 0x0304;
    private static final int HOST_NAME = 0;
    private static final int MOST_NAME = 255;

    /** The hello breaks its grammar. Carries no stack: a client can have as many of these as it likes. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1;

        private final String why;

        Malformed(String why) {
            super(why, null, false, false);
            this.why = why;
        }

        String why() {
            return why;
        }
    }

    private final byte[] bytes;
    private int at;
    private int end;

    private @Nullable String serverName;
    private List<String> protocols = List.of();
    private boolean versionsListed;
    private boolean tls12;
    private boolean tls13;

    HelloReader(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.at = from;
        this.end = to;
    }

    ClientHello hello() throws Malformed {
        int legacyVersion = u16();
        skip(32, "random");
        skip(vector(1, 0, 32, "session id"), "session id");
        int suites = vector(2, 2, 0xfffe, "cipher suites");
        if (suites % 2 != 0) {
            throw new Malformed("The ClientHello's cipher suites have an odd length.");
        }
        skip(suites, "cipher suites");
        skip(vector(1, 1, 255, "compression methods"), "compression methods");
        if (at < end) {
            extensions();
        }
        if (!versionsListed) {
            tls12 = legacyVersion >= TLS_1_2;
        }
        return new ClientHello(serverName, protocols, tls12, tls13);
    }

    private void extensions() throws Malformed {
        int length = vector(2, 0, 0xffff, "extensions");
        if (length != end - at) {
            throw new Malformed("The ClientHello's extensions do not end where it ends.");
        }
        int whole = end;
        Set<Integer> seen = new HashSet<>();
        while (at < whole) {
            end = whole;
            int type = u16();
            int to = at + 2 + vectorLength(2, 0, 0xffff, "extension");
            at += 2;
            end = to;
            if (!seen.add(type)) {
                throw new Malformed("The ClientHello has extension " + type + " twice.");
            }
            switch (type) {
                case SERVER_NAME -> serverNames();
                case ALPN -> protocols();
                case SUPPORTED_VERSIONS -> versions();
                default -> at = end;
            }
            if (at != to) {
                throw new Malformed("Extension " + type + " of the ClientHello has something behind its value.");
            }
        }
        end = whole;
    }

    private void serverNames() throws Malformed {
        fill(vector(2, 1, 0xffff, "server names"), "server names");
        while (at < end) {
            int type = u8();
            int length = vector(2, 1, 0xffff, "server name");
            if (type == HOST_NAME) {
                if (serverName != null) {
                    throw new Malformed("The ClientHello asks for two host names.");
                }
                serverName = name(length);
            } else {
                skip(length, "server name");
            }
        }
    }

    private String name(int length) throws Malformed {
        if (length > MOST_NAME) {
            throw new Malformed("The ClientHello asks for a name of " + length + " bytes; a name has at most 255.");
        }
        for (int i = at; i < at + length; i++) {
            byte c = bytes[i];
            boolean allowed = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '-'
                    || c == '.'
                    || c == '_'
                    || c == ':';
            if (!allowed) {
                throw new Malformed("The ClientHello asks for a name with characters that no name has.");
            }
        }
        String name = new String(bytes, at, length, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
        at += length;
        return name;
    }

    private void protocols() throws Malformed {
        fill(vector(2, 2, 0xffff, "protocols"), "protocols");
        List<String> offered = new ArrayList<>();
        while (at < end) {
            int length = vector(1, 1, 255, "protocol");
            offered.add(new String(bytes, at, length, StandardCharsets.ISO_8859_1));
            at += length;
        }
        protocols = offered;
    }

    private void versions() throws Malformed {
        fill(vector(1, 2, 254, "versions"), "versions");
        versionsListed = true;
        while (at < end) {
            int version = u16();
            tls12 |= version == TLS_1_2;
            tls13 |= version == TLS_1_3;
        }
    }

    /** The length of a vector, checked to be there whole; what is read next is its value. */
    private int vector(int lengthBytes, int least, int most, String what) throws Malformed {
        int length = vectorLength(lengthBytes, least, most, what);
        at += lengthBytes;
        return length;
    }

    private int vectorLength(int lengthBytes, int least, int most, String what) throws Malformed {
        if (end - at < lengthBytes) {
            throw cut(what);
        }
        int length = lengthBytes == 1 ? bytes[at] & 0xff : (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
        if (length > end - at - lengthBytes) {
            throw cut(what);
        }
        if (length < least || length > most) {
            throw new Malformed("The ClientHello has " + what + " of " + length + " bytes.");
        }
        return length;
    }

    private void fill(int length, String what) throws Malformed {
        if (length != end - at) {
            throw new Malformed("The ClientHello's " + what + " do not fill their extension.");
        }
    }

    private int u8() throws Malformed {
        if (end - at < 1) {
            throw cut("a byte");
        }
        return bytes[at++] & 0xff;
    }

    private int u16() throws Malformed {
        if (end - at < 2) {
            throw cut("a number");
        }
        int value = (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
        at += 2;
        return value;
    }

    private void skip(int length, String what) throws Malformed {
        if (end - at < length) {
            throw cut(what);
        }
        at += length;
    }

    private static Malformed cut(String what) {
        return new Malformed("The ClientHello ends within its " + what + ".");
    }
}
