package dev.parley.testkit.http2;

import dev.parley.testkit.Bounds;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;

/** A client that speaks HTTP/2 by prior knowledge (RFC 9113, section 3.3), frame by frame. */
public final class Http2Client extends Http2Peer {
    /** What every client begins with. */
    public static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    private Http2Client(Socket socket) throws IOException {
        super(socket);
    }

    /** Connects and says nothing. */
    public static Http2Client silent(SocketAddress address) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(address, Math.toIntExact(Bounds.WAIT.toMillis()));
            return new Http2Client(socket);
        } catch (IOException | RuntimeException failed) {
            socket.close();
            throw failed;
        }
    }

    /** Connects to a port of the loopback address and says nothing. */
    public static Http2Client silent(int port) throws IOException {
        return silent(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** Connects with a receive buffer of that size, so that what is not read soon stands still in the other side. */
    public static Http2Client withReceiveBuffer(int port, int bytes, long... settings) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(bytes);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        Http2Client client = new Http2Client(socket);
        client.begin(settings);
        return client;
    }

    /** Connects to a port of the loopback address, and agrees with the server on settings: identifier, value and so on. */
    public static Http2Client connect(int port, long... settings) throws IOException {
        Http2Client client = silent(port);
        try {
            client.begin(settings);
            return client;
        } catch (IOException | AssertionError failed) {
            client.close();
            throw failed;
        }
    }

    /** Sends preface and settings, and reads until both sides' settings hold. */
    public void begin(long... settings) throws IOException {
        sendRaw(PREFACE);
        send(Frame.settings(settings));
        Frame first = read();
        if (first.type() != Frame.SETTINGS || first.isAck()) {
            throw new AssertionError("The server's first frame is not its SETTINGS but " + first);
        }
        awaitFrame(frame -> frame.type() == Frame.SETTINGS && frame.isAck());
    }

    /** Sends a GET, whole. */
    public void get(int stream, String path, String... moreFields) throws IOException {
        headers(stream, Frame.END_STREAM, request("GET", path, moreFields));
    }

    /** Sends the head of a POST whose data and end are still to come. */
    public void post(int stream, String path, String... moreFields) throws IOException {
        headers(stream, Frame.NONE, request("POST", path, moreFields));
    }

    /** The fields of a request: the four pseudo-fields, then names and values by turns. */
    public static String[] request(String method, String path, String... moreFields) {
        String[] fields = new String[8 + moreFields.length];
        fields[0] = ":method";
        fields[1] = method;
        fields[2] = ":scheme";
        fields[3] = "http";
        fields[4] = ":path";
        fields[5] = path;
        fields[6] = ":authority";
        fields[7] = "localhost";
        System.arraycopy(moreFields, 0, fields, 8, moreFields.length);
        return fields;
    }

    /** Reads until the response of a stream is whole; that it is reset fails. */
    public Message response(int stream) throws IOException {
        Message response = await(stream, Message::isOver);
        if (!response.isWhole()) {
            throw new AssertionError("The response was reset: " + response);
        }
        return response;
    }

    /** Reads until the response of a stream has its head. */
    public Message head(int stream) throws IOException {
        return await(stream, message -> message.hasHead() || message.isOver());
    }

    /** Sends a GET and reads its response. */
    public Message exchange(int stream, String path) throws IOException {
        get(stream, path);
        return response(stream);
    }
}
