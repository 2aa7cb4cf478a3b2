package dev.parley.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;

/** A child process of the demo: a WebSocket service (RFC 6455) that sends back each message that it reads. */
final class WebSocketService {
    private static final int BACKLOG = 1024;
    private static final int LONGEST_HEAD = 16 << 10;
    private static final int LONGEST_FRAME = 64 << 10;

    /** Of section 1.3. */
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private static final int CLOSE = 0x8;
    private static final int PING = 0x9;
    private static final int PONG = 0xA;

    private WebSocketService() {}

    /**
     * Runs until it is killed or its parent ends.
     *
     * @param args its name, and the port (0 takes a free one)
     */
    public static void main(String[] args) throws IOException {
        Lifeline.hold();
        try (ServerSocket server =
                new ServerSocket(Integer.parseInt(args[1]), BACKLOG, InetAddress.getLoopbackAddress())) {
            Lifeline.announce(server.getLocalPort());
            while (true) {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            }
        }
    }

    private static void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            OutputStream out = socket.getOutputStream();
            String key = key(in);
            if (key.isEmpty()) {
                out.write(
                        "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: close, upgrade\r\nContent-Length: 0\r\n\r\n"
                                .getBytes(ISO_8859_1));
                return;
            }
            out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Accept: " + accept(key) + "\r\n\r\n")
                    .getBytes(ISO_8859_1));
            while (echo(in, out)) {
                // Until one side closes.
            }
        } catch (IOException clientWentAway) {
            // Its right; a health check that only connects does the same.
        }
    }

    /** Reads a request's head and answers its Sec-WebSocket-Key; empty where it has none. */
    private static String key(DataInputStream in) throws IOException {
        String key = "";
        int read = 0;
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            read += line.length();
            if (read > LONGEST_HEAD) {
                throw new IOException("A head is longer than %d.".formatted(LONGEST_HEAD));
            }
            if (line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-key:")) {
                key = line.substring(18).strip();
            }
        }
        return key;
    }

    private static String line(DataInputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0 || line.length() == LONGEST_HEAD) {
                throw new EOFException("A head was not whole.");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    /** What proves that a key was understood (section 4.2.2). */
    static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(ISO_8859_1));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException impossible) {
            // Each Java has SHA-1.
            throw new IllegalStateException(impossible);
        }
    }

    /** Reads one frame and sends back what is due for it, a fragment for a fragment; false after a Close frame. */
    private static boolean echo(DataInputStream in, OutputStream out) throws IOException {
        int first = in.readUnsignedByte();
        int second = in.readUnsignedByte();
        if ((second & 0x80) == 0) {
            throw new IOException("A client's frame was not masked.");
        }
        int length = length(in, second & 0x7F);
        byte[] mask = new byte[4];
        in.readFully(mask);
        byte[] payload = new byte[length];
        in.readFully(payload);
        for (int i = 0; i < length; i++) {
            payload[i] ^= mask[i & 3];
        }
        int opcode = first & 0xF;
        if (opcode != PONG) {
            out.write(frame(opcode == PING ? (first & 0xF0) | PONG : first, payload));
        }
        return opcode != CLOSE;
    }

    private static int length(DataInputStream in, int shortLength) throws IOException {
        long length = switch (shortLength) {
            case 126 -> in.readUnsignedShort();
            case 127 -> in.readLong();
            default -> shortLength;
        };
        if (length < 0 || length > LONGEST_FRAME) {
            throw new IOException("A frame is longer than %d.".formatted(LONGEST_FRAME));
        }
        return (int) length;
    }

    /** A server's frame, which is not masked. */
    private static byte[] frame(int first, byte[] payload) {
        int length = payload.length;
        int lengthBytes = length < 126 ? 0 : length < 1 << 16 ? 2 : 8;
        byte[] frame = new byte[2 + lengthBytes + length];
        frame[0] = (byte) first;
        frame[1] = (byte) (lengthBytes == 0 ? length : lengthBytes == 2 ? 126 : 127);
        for (int i = 0; i < lengthBytes; i++) {
            frame[1 + lengthBytes - i] = (byte) ((long) length >>> (8 * i));
        }
        System.arraycopy(payload, 0, frame, 2 + lengthBytes, length);
        return frame;
    }
}
