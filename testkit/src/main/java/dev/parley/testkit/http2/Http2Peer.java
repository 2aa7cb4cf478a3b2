package dev.parley.testkit.http2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.parley.testkit.Bounds;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * One side of an HTTP/2 connection, over a blocking socket. It sends any frame, and keeps what comes by stream.
 *
 * <p>While it reads it does what a peer has to: it agrees to SETTINGS, answers PING and gives back the windows that data
 * used, unless a test takes that over with {@link #granting}. Reads wait at most {@link Bounds#WAIT} for the next byte.
 * One thread reads; any may send.
 */
public abstract class Http2Peer implements Closeable {
    private static final int FRAMES_REMEMBERED = 40;
    private static final int DEFAULT_WINDOW = 65_535;
    private static final int PIECE = 16_384;

    private final Socket socket;
    private final DataInputStream in;
    private final Object sending = new Object();
    private final Fields.Reader fields = new Fields.Reader();
    private final ByteArrayOutputStream block = new ByteArrayOutputStream();
    private final Map<Integer, Message> messages = new TreeMap<>();
    private final Map<Integer, Long> windows = new HashMap<>();
    private final Deque<Frame> last = new ArrayDeque<>();
    private Frame settings = Frame.settings();
    private boolean blockEndsStream;
    private long connectionWindow = DEFAULT_WINDOW;
    private long initialWindow = DEFAULT_WINDOW;
    private IntPredicate grants = stream -> true;
    private long pings;

    Http2Peer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(Math.toIntExact(Bounds.WAIT.toMillis()));
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
    }

    // Sending.

    public final void sendRaw(byte[] bytes) throws IOException {
        synchronized (sending) {
            socket.getOutputStream().write(bytes);
        }
    }

    public final void sendRaw(String text) throws IOException {
        sendRaw(text.getBytes(ISO_8859_1));
    }

    /** Sends frames in one write, so that the other side has them at once. */
    public final void send(Frame... frames) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Frame frame : frames) {
            bytes.writeBytes(frame.bytes());
        }
        sendRaw(bytes.toByteArray());
    }

    /** Sends a HEADERS frame that holds all fields: END_HEADERS is added to the flags. */
    public final void headers(int stream, int flags, String... namesAndValues) throws IOException {
        send(new Frame(Frame.HEADERS, flags | Frame.END_HEADERS, stream, FieldBlock.of(namesAndValues)));
    }

    public final void data(int stream, int flags, String text) throws IOException {
        send(Frame.of(Frame.DATA, flags, stream, text));
    }

    public final void reset(int stream, ErrorCode code) throws IOException {
        send(Frame.reset(stream, code));
    }

    /** Sends a body to its end, as fast as the other side's windows allow, reading what comes meanwhile. */
    public final void upload(int stream, byte[] body) throws IOException {
        int sent = upload(stream, body, 0);
        if (sent < body.length) {
            throw new IOException("The upload ended after %d bytes: %s".formatted(sent, messages.get(stream)));
        }
    }

    private int upload(int stream, byte[] body, int from) throws IOException {
        int sent = from;
        do {
            int room = (int) Math.min(connectionWindow, window(stream));
            if (room <= 0 && sent < body.length) {
                read();
            } else {
                int to = sent + Math.min(Math.min(room, PIECE), body.length - sent);
                windows.merge(stream, (long) sent - to, Long::sum);
                connectionWindow -= to - sent;
                int flags = to == body.length ? Frame.END_STREAM : Frame.NONE;
                send(new Frame(Frame.DATA, flags, stream, Arrays.copyOfRange(body, sent, to)));
                sent = to;
            }
        } while (sent < body.length && !message(stream).isOver());
        return sent;
    }

    /** How many bytes the other side lets a stream send. */
    public final long window(int stream) {
        return initialWindow + windows.getOrDefault(stream, 0L);
    }

    /** How many bytes the other side lets all streams together send. */
    public final long connectionWindow() {
        return connectionWindow;
    }

    /** Whose windows are given back as data is read; 0 is the connection's. At first, all are. */
    public final void granting(IntPredicate streams) {
        grants = streams;
    }

    // Reading.

    /** The next frame. The end of the connection is an {@link EOFException}. */
    public final Frame read() throws IOException {
        int lengthAndType = in.readInt();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = new byte[lengthAndType >>> 8];
        in.readFully(payload);
        Frame frame = new Frame(lengthAndType & 0xff, flags, stream, payload);
        last.addLast(frame);
        if (last.size() > FRAMES_REMEMBERED) {
            last.removeFirst();
        }
        take(frame);
        return frame;
    }

    private void take(Frame frame) throws IOException {
        switch (frame.type()) {
            case Frame.HEADERS -> {
                block.reset();
                blockEndsStream = frame.has(Frame.END_STREAM);
                fields(frame, frame.content());
            }
            case Frame.CONTINUATION -> fields(frame, frame.payload());
            case Frame.DATA -> {
                message(frame.stream()).data(frame.content(), frame.has(Frame.END_STREAM));
                grant(frame);
            }
            case Frame.RST_STREAM -> message(frame.stream()).reset(frame.errorCode());
            case Frame.SETTINGS -> settings(frame);
            case Frame.PING -> {
                if (!frame.isAck()) {
                    send(new Frame(Frame.PING, Frame.ACK, 0, frame.payload()));
                }
            }
            case Frame.WINDOW_UPDATE -> {
                if (frame.stream() == 0) {
                    connectionWindow += frame.increment();
                } else {
                    windows.merge(frame.stream(), (long) frame.increment(), Long::sum);
                }
            }
            default -> {
                // GOAWAY and what is unknown change nothing here.
            }
        }
    }

    private void fields(Frame frame, byte[] fragment) throws IOException {
        block.writeBytes(fragment);
        if (frame.has(Frame.END_HEADERS)) {
            message(frame.stream()).fields(fields.read(frame.stream(), block.toByteArray()), blockEndsStream);
        }
    }

    private void settings(Frame frame) throws IOException {
        if (!frame.isAck()) {
            settings = frame;
            initialWindow = frame.setting(Settings.INITIAL_WINDOW_SIZE).orElse(initialWindow);
            send(new Frame(Frame.SETTINGS, Frame.ACK, 0, new byte[0]));
        }
    }

    private void grant(Frame data) throws IOException {
        int bytes = data.payload().length;
        if (bytes > 0 && grants.test(0)) {
            send(Frame.windowUpdate(0, bytes));
        }
        if (bytes > 0 && !data.has(Frame.END_STREAM) && grants.test(data.stream())) {
            send(Frame.windowUpdate(data.stream(), bytes));
        }
    }

    /** What came on a stream so far, be it nothing. */
    public final Message message(int stream) {
        return messages.computeIfAbsent(stream, Message::new);
    }

    /** The streams on which anything came, in ascending order. */
    public final Set<Integer> streams() {
        return Set.copyOf(messages.keySet());
    }

    final Optional<Message> firstMessage(Predicate<Message> which) {
        return messages.values().stream().filter(which).findFirst();
    }

    /** Forgets what came on a stream, once it has been dealt with. */
    public final void forget(int stream) {
        messages.remove(stream);
    }

    /** The settings that the other side announced last. */
    public final Frame peerSettings() {
        return settings;
    }

    /** Reads until a frame is what is waited for, and answers it. */
    public final Frame awaitFrame(Predicate<Frame> which) throws IOException {
        try {
            Frame frame = read();
            while (!which.test(frame)) {
                frame = read();
            }
            return frame;
        } catch (EOFException end) {
            throw withFrames("The connection ended", end);
        } catch (IOException broken) {
            throw withFrames(broken.toString(), broken);
        }
    }

    /** Reads until a frame of a type comes, and answers it. */
    public final Frame awaitFrame(int type) throws IOException {
        return awaitFrame(frame -> frame.type() == type);
    }

    /** Reads until what came on a stream is as is waited for. */
    public final Message await(int stream, Predicate<Message> condition) throws IOException {
        while (!condition.test(message(stream))) {
            awaitFrame(frame -> true);
        }
        return message(stream);
    }

    /** Sends a PING and reads up to its answer: whatever was sent before has taken effect on the other side by then. */
    public final void roundTrip() throws IOException {
        Frame ping = Frame.ping(Frame.NONE, 0x7061726c65790000L + ++pings);
        send(ping);
        awaitFrame(
                frame -> frame.type() == Frame.PING && frame.isAck() && Arrays.equals(frame.payload(), ping.payload()));
    }

    /** Reads to a GOAWAY with one of these codes and on to the end of the connection; anything else fails. */
    public final Frame expectGoAway(ErrorCode... codes) throws IOException {
        Frame goAway = awaitFrame(frame -> frame.type() == Frame.GOAWAY && frame.errorCode() != ErrorCode.NO_ERROR);
        if (!List.of(codes).contains(goAway.errorCode())) {
            throw new AssertionError("Expected GOAWAY with one of %s, but got %s".formatted(List.of(codes), goAway));
        }
        expectEnd();
        return goAway;
    }

    /** Reads to RST_STREAM of a stream with one of these codes; that the connection ends fails. */
    public final void expectReset(int stream, ErrorCode... codes) throws IOException {
        Frame reset = awaitFrame(frame ->
                (frame.type() == Frame.RST_STREAM && frame.stream() == stream) || frame.type() == Frame.GOAWAY);
        if (reset.type() == Frame.GOAWAY || !List.of(codes).contains(reset.errorCode())) {
            throw new AssertionError("Expected RST_STREAM of stream %d with one of %s, but got %s"
                    .formatted(stream, List.of(codes), reset));
        }
    }

    /** Reads until the other side ends the connection, in order or not. That it goes on for {@link Bounds#WAIT} fails. */
    public final void expectEnd() throws IOException {
        try {
            while (true) {
                read();
            }
        } catch (java.net.SocketTimeoutException goesOn) {
            throw withFrames("The connection goes on", goesOn);
        } catch (IOException ended) {
            // Whether by FIN or by RST: the other side may have left bytes unread.
        }
    }

    /** Reads until a stream is reset or the connection ends. */
    public final void awaitCut(int stream) throws IOException {
        try {
            while (message(stream).resetWith().isEmpty()) {
                read();
            }
        } catch (java.net.SocketTimeoutException goesOn) {
            throw withFrames("Stream %d goes on".formatted(stream), goesOn);
        } catch (IOException ended) {
            // With the connection the stream has ended as well.
        }
    }

    private AssertionError withFrames(String what, IOException cause) {
        return new AssertionError("%s; the last frames that came: %s".formatted(what, last), cause);
    }

    // The connection.

    final DataInputStream in() {
        return in;
    }

    /** Breaks the connection (RST). */
    public final void abort() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public final void close() throws IOException {
        socket.close();
    }
}
