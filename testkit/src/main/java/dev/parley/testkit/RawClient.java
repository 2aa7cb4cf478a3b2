package dev.parley.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * A blocking TCP client that sends exactly the bytes it is given. Text is ISO 8859-1, so that every byte can be written
 * in a string. Reads wait at most {@link Bounds#WAIT} for the next byte and then fail.
 */
public final class RawClient implements Closeable {
    private final Socket socket;
    private final InputStream in;

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** Connects to a port of the loopback address. */
    public static RawClient connect(int port) throws IOException {
        return connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    public static RawClient connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(Bounds.waitMillis());
            socket.connect(address, Bounds.waitMillis());
            return new RawClient(socket);
        } catch (IOException | RuntimeException failure) {
            socket.close();
            throw failure;
        }
    }

    /** Speaks over a socket that is connected already, such as one with TLS; it closes with this. */
    public static RawClient over(Socket socket) throws IOException {
        socket.setSoTimeout(Bounds.waitMillis());
        return new RawClient(socket);
    }

    public RawClient send(String text) throws IOException {
        return send(text.getBytes(ISO_8859_1));
    }

    public RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** Reads exactly so many bytes; an earlier end is an {@link EOFException} that shows what came. */
    public byte[] read(int bytes) throws IOException {
        byte[] read = in.readNBytes(bytes);
        if (read.length < bytes) {
            throw new EOFException("The peer closed after %d of %d bytes: %s"
                    .formatted(read.length, bytes, new String(read, ISO_8859_1)));
        }
        return read;
    }

    public String readText(int bytes) throws IOException {
        return new String(read(bytes), ISO_8859_1);
    }

    /** Reads up to and with a marker, such as the empty line after a head. */
    public String readUntil(String marker) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        byte[] end = marker.getBytes(ISO_8859_1);
        while (!endsWith(read, end)) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("The peer closed before '%s': %s".formatted(marker, read.toString(ISO_8859_1)));
            }
            read.write(next);
            requireBound(read);
        }
        return read.toString(ISO_8859_1);
    }

    private static boolean endsWith(ByteArrayOutputStream read, byte[] end) {
        if (read.size() < end.length) {
            return false;
        }
        // Only a head is read this way, so that copying it for each byte does not matter.
        byte[] bytes = read.toByteArray();
        return java.util.Arrays.equals(bytes, bytes.length - end.length, bytes.length, end, 0, end.length);
    }

    /** Reads until the peer closes. A reset is an {@link IOException}, as it may have eaten bytes. */
    public String readToEnd() throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        byte[] chunk = new byte[16 << 10];
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            read.write(chunk, 0, n);
            requireBound(read);
        }
        return read.toString(ISO_8859_1);
    }

    private static void requireBound(ByteArrayOutputStream read) throws IOException {
        if (read.size() > Bounds.KEPT_BYTES) {
            throw new IOException("More than %d bytes came.".formatted(Bounds.KEPT_BYTES));
        }
    }

    /** Reads one HTTP/1.1 response to a request that is not HEAD, interim ones (1xx) not skipped. */
    public Reply readReply() throws IOException {
        return Reply.read(this, false);
    }

    /** Reads one HTTP/1.1 response to HEAD, which has no body whatever its head says. */
    public Reply readReplyToHead() throws IOException {
        return Reply.read(this, true);
    }

    /** Whether nothing comes within the time: neither a byte nor an end. */
    public boolean staysSilentFor(Duration time) throws IOException {
        in.mark(1);
        socket.setSoTimeout(Math.toIntExact(time.toMillis()));
        try {
            in.read();
            in.reset();
            return false;
        } catch (SocketTimeoutException silent) {
            return true;
        } finally {
            socket.setSoTimeout(Bounds.waitMillis());
        }
    }

    /** Sends FIN: there is no more to send, and answers are still read. */
    public RawClient shutdownOutput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Sends RST, as a crashed peer would. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    public InetSocketAddress localAddress() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
