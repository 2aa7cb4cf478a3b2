package dev.parley.app.calls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The body of an answer of gRPC-Web, held to PROTOCOL-WEB.md: frames of messages, and one of trailers, which is the last.
 *
 * @param messages as text
 * @param trailers by their names
 */
record WebReply(List<String> messages, Map<String, String> trailers) {
    private static final int TRAILERS = 0x80;

    /** Reads a whole body. */
    static WebReply of(byte[] body) throws IOException {
        List<String> messages = new ArrayList<>();
        Map<String, String> trailers = new LinkedHashMap<>();
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(body))) {
            while (in.available() > 0) {
                assertThat(trailers).as("nothing follows the trailers").isEmpty();
                int flags = in.readUnsignedByte();
                byte[] frame = in.readNBytes(in.readInt());
                if (flags == TRAILERS) {
                    read(new String(frame, ISO_8859_1), trailers);
                } else {
                    assertThat(flags).isZero();
                    messages.add(new String(frame, UTF_8));
                }
            }
        }
        assertThat(trailers).containsKey("grpc-status");
        return new WebReply(messages, trailers);
    }

    private static void read(String lines, Map<String, String> into) {
        assertThat(lines).endsWith("\r\n");
        for (String line : lines.lines().toList()) {
            String name = line.substring(0, line.indexOf(':'));
            assertThat(name).isLowerCase();
            into.put(name, line.substring(name.length() + 1).strip());
        }
    }

    /** The same of a body in base64, which may be padded wherever it was flushed. */
    static WebReply ofText(byte[] body) throws IOException {
        assertThat(body.length % 4).isZero();
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        for (int at = 0; at < body.length; at += 4) {
            plain.write(Base64.getDecoder().decode(new String(body, at, 4, ISO_8859_1)));
        }
        return of(plain.toByteArray());
    }

    /** A message as gRPC frames it. */
    static byte[] framed(String message) {
        byte[] text = message.getBytes(UTF_8);
        return ByteBuffer.allocate(5 + text.length)
                .put((byte) 0)
                .putInt(text.length)
                .put(text)
                .array();
    }
}
