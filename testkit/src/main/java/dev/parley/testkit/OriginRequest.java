package dev.parley.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One request as an {@link Origin} received it.
 *
 * @param connection the number of the connection it came on, from 0
 * @param head request line and fields with the empty line that ends them
 * @param body the body with chunked framing taken off
 * @param raw every byte from the first of the head to the last of the framing
 */
public record OriginRequest(int connection, String head, String body, String raw) {
    /** The request line without its CRLF. */
    public String line() {
        return head.substring(0, head.indexOf("\r\n"));
    }

    /** The first value of a field by its name in any case, or empty text where there is none. */
    public String value(String field) {
        Matcher matcher = Pattern.compile("(?imd)^" + Pattern.quote(field) + ":[ \t]*(.*?)[ \t]*\r$")
                .matcher(head);
        return matcher.find() ? matcher.group(1) : "";
    }

    /** What came cannot be read as HTTP/1.1. */
    static final class Unreadable extends IOException {
        Unreadable(String what) {
            super(what);
        }
    }

    /** Reads requests from one connection. It is strict, as an origin behind a proxy may be. */
    static final class Reader {
        private final InputStream in;
        private final int connection;
        private final ByteArrayOutputStream raw = new ByteArrayOutputStream();

        Reader(InputStream in, int connection) {
            this.in = new BufferedInputStream(in);
            this.connection = connection;
        }

        /** The next request, or null when the peer closed between requests. */
        @Nullable
        OriginRequest next() throws IOException {
            raw.reset();
            StringBuilder head = new StringBuilder();
            String line = line();
            if (line == null) {
                return null;
            }
            while (line != null && !line.equals("\r\n")) {
                head.append(line);
                line = line();
            }
            if (line == null) {
                throw new Unreadable("The connection ended within a head: " + head);
            }
            head.append(line);
            String body = body(head.toString().toLowerCase(Locale.ROOT));
            return new OriginRequest(connection, head.toString(), body, Origin.text(raw.toByteArray()));
        }

        private String body(String lowerCaseHead) throws IOException {
            if (lowerCaseHead.contains("\r\ntransfer-encoding: chunked\r\n")) {
                return chunks();
            }
            Matcher length =
                    Pattern.compile("\r\ncontent-length:[ ]*(\\d{1,9})[ ]*\r\n").matcher(lowerCaseHead);
            return length.find() ? bytes(Integer.parseInt(length.group(1))) : "";
        }

        private String chunks() throws IOException {
            StringBuilder body = new StringBuilder();
            while (true) {
                String line = requireLine().strip().split(";", 2)[0];
                if (!line.matches("[0-9A-Fa-f]{1,7}")) {
                    throw new Unreadable("'%s' is not the size of a chunk.".formatted(line));
                }
                int size = Integer.parseInt(line, 16);
                if (size == 0) {
                    break;
                }
                body.append(bytes(size));
                if (!requireLine().equals("\r\n")) {
                    throw new Unreadable("A chunk is longer than its size.");
                }
            }
            String trailer = requireLine();
            while (!trailer.equals("\r\n")) {
                trailer = requireLine();
            }
            return body.toString();
        }

        private String requireLine() throws IOException {
            String line = line();
            if (line == null) {
                throw new Unreadable("The connection ended within a body.");
            }
            return line;
        }

        private @Nullable String line() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            int next = in.read();
            while (next >= 0) {
                line.write(next);
                keep(next);
                if (next == '\n') {
                    return Origin.text(line.toByteArray());
                }
                next = in.read();
            }
            if (line.size() > 0) {
                throw new Unreadable("The connection ended within a line: " + Origin.text(line.toByteArray()));
            }
            return null;
        }

        private String bytes(int count) throws IOException {
            byte[] bytes = in.readNBytes(count);
            raw.writeBytes(bytes);
            if (bytes.length < count) {
                throw new Unreadable("The connection ended after %d of %d bytes.".formatted(bytes.length, count));
            }
            return Origin.text(bytes);
        }

        private void keep(int octet) throws IOException {
            if (raw.size() >= Bounds.KEPT_BYTES) {
                throw new IOException("A request is larger than an origin keeps.");
            }
            raw.write(octet);
        }
    }
}
