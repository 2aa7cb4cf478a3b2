package dev.parley.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Locale;

/**
 * One kept-alive HTTP/1.1 connection that sends GET requests: as small a client as can be, so that the load costs the
 * machine less than what it is a load on. For one thread.
 */
final class HttpConnection implements AutoCloseable {
    /** Longer than anything in the demo takes; what is silent for longer has failed. */
    private static final Duration SILENCE_LIMIT = Duration.ofSeconds(30);

    private static final int MOST_HEAD_LINES = 200;
    private static final int LONGEST_LINE = 16 << 10;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final String host;
    private boolean keptAlive = true;

    HttpConnection(InetSocketAddress address) throws IOException {
        try {
            socket.setTcpNoDelay(true);
            int limitMs = Math.toIntExact(SILENCE_LIMIT.toMillis());
            socket.setSoTimeout(limitMs);
            socket.connect(address, limitMs);
            in = new BufferedInputStream(socket.getInputStream());
            host = address.getAddress().getHostAddress() + ":" + address.getPort();
        } catch (IOException refused) {
            socket.close();
            throw refused;
        }
    }

    /** A status and a body. */
    record Response(int status, String body) {}

    /** Whether a further request can be sent on this connection. */
    boolean keptAlive() {
        return keptAlive;
    }

    /** Sends a request and reads the whole answer; whatever is short of a whole answer is an exception. */
    Response get(String path) throws IOException {
        String head = "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: parley-demo\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(ISO_8859_1));
        return read();
    }

    private Response read() throws IOException {
        String statusLine = line();
        if (statusLine.length() < 12 || !statusLine.startsWith("HTTP/1.1 ")) {
            throw new IOException("'%s' is not a status line.".formatted(statusLine));
        }
        int status = Integer.parseInt(statusLine.substring(9, 12));
        int length = -1;
        boolean chunked = false;
        String field = line();
        for (int lines = 0; !field.isEmpty(); lines++) {
            if (lines == MOST_HEAD_LINES) {
                throw new IOException("The head of an answer has more than %d fields.".formatted(MOST_HEAD_LINES));
            }
            String lower = field.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Integer.parseInt(lower.substring(15).strip());
            } else if (lower.startsWith("transfer-encoding:")) {
                chunked = lower.endsWith("chunked");
            } else if (lower.startsWith("connection:")) {
                keptAlive = !lower.endsWith("close");
            }
            field = line();
        }
        return new Response(status, chunked ? chunks() : length >= 0 ? text(length) : rest());
    }

    private String chunks() throws IOException {
        StringBuilder body = new StringBuilder();
        for (int size = chunkSize(); size > 0; size = chunkSize()) {
            body.append(text(size));
            line();
        }
        while (!line().isEmpty()) {
            // Trailers say nothing that the demo asks.
        }
        return body.toString();
    }

    private int chunkSize() throws IOException {
        return Integer.parseInt(line().split(";", 2)[0].strip(), 16);
    }

    private String text(int length) throws IOException {
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("The answer ended after %d of %d bytes.".formatted(body.length, length));
        }
        return new String(body, UTF_8);
    }

    private String rest() throws IOException {
        keptAlive = false;
        return new String(in.readAllBytes(), UTF_8);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("The connection was closed before the answer was whole.");
            }
            if (line.length() == LONGEST_LINE) {
                throw new IOException("A line of an answer's head is longer than %d.".formatted(LONGEST_LINE));
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
