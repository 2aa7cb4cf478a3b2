package dev.parley.proxy.health;

import dev.parley.model.Durations;
import dev.parley.model.EndpointAddress;
import dev.parley.model.HealthCheck;
import dev.parley.proxy.tls.ClientTls;
import dev.parley.proxy.tls.TlsFailure;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http1.ResponseParser;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * One look at one endpoint: a TCP connect, an HTTP GET whose status counts, a {@link GrpcCheck}, or a datagram. Blocks, so it runs on
 * a virtual thread;
 * {@link #cutOff} from another thread ends it, which is how time runs out, since a blocking channel has no timeout.
 */
final class Probe {
    /** What of an answer is read at most: its head, and whatever came with it. */
    private static final HeadLimits LIMITS = new HeadLimits(16 * 1024, 1, 256);

    /** Without a configured check, how long a connect may take. Envoy's connect_timeout. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /** Without a configured check, how long a datagram may take to come back refused. Silence passes then. */
    private static final Duration REFUSAL_TIMEOUT = Duration.ofMillis(500);

    private final Endpoint endpoint;
    private final Optional<HealthCheck> check;
    /** What is asked over UDP; empty where the check is over TCP. */
    private final Optional<HealthCheck.Datagram> datagram;

    private volatile boolean outOfTime;
    private volatile Phase phase = Phase.CONNECT;
    private final NetworkChannel channel;

    private enum Phase {
        CONNECT,
        ANSWER
    }

    /**
     * Opens its channel at once, so that it can be cut off from the start.
     *
     * @param udp whether the endpoint is reached by UDP, which is then asked where no check is configured
     */
    Probe(Endpoint endpoint, Optional<HealthCheck> check, boolean udp) throws IOException {
        this.endpoint = endpoint;
        this.check = check;
        this.datagram =
                check.isPresent() ? check.get().udp() : udp ? Optional.of(HealthCheck.Datagram.ZERO) : Optional.empty();
        if (datagram.isPresent()) {
            this.channel = DatagramChannel.open();
        } else {
            this.channel = address() instanceof UnixDomainSocketAddress
                    ? SocketChannel.open(StandardProtocolFamily.UNIX)
                    : SocketChannel.open();
        }
    }

    Duration timeout() {
        return check.map(HealthCheck::timeout).orElse(datagram.isPresent() ? REFUSAL_TIMEOUT : CONNECT_TIMEOUT);
    }

    /** The endpoint's, or the port of it that the check names. */
    private SocketAddress address() {
        SocketAddress own = endpoint.resolved();
        if (check.isEmpty() || check.get().port().isEmpty() || !(own instanceof InetSocketAddress inet)) {
            return own;
        }
        int port = check.get().port().getAsInt();
        return inet.isUnresolved()
                ? InetSocketAddress.createUnresolved(inet.getHostString(), port)
                : new InetSocketAddress(inet.getAddress(), port);
    }

    /** Ends the probe from another thread: it fails, as out of time. */
    void cutOff() {
        outOfTime = true;
        close();
    }

    Seen run() {
        try {
            SocketAddress address = address();
            if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
                return new Seen.Failed("the name " + inet.getHostString() + " does not resolve", false);
            }
            if (datagram.isPresent() && !(address instanceof InetSocketAddress)) {
                return new Seen.Failed("a Unix socket takes no datagrams here");
            }
            return switch (channel) {
                case DatagramChannel asks -> ask(asks, address, datagram.orElseThrow());
                case SocketChannel connects -> connect(connects, address);
                default -> throw new AssertionError("a probe has a socket or a datagram socket");
            };
        } catch (TlsFailure why) {
            return new Seen.Failed(outOfTime ? reason(why) : "TLS handshake: " + why.detail(), reached(why));
        } catch (IOException e) {
            return new Seen.Failed(reason(e), reached(e));
        } finally {
            close();
        }
    }

    private Seen connect(SocketChannel to, SocketAddress address) throws IOException {
        to.connect(address);
        if (address.equals(endpoint.resolved())) {
            send(to, endpoint.ownPreface());
        }
        ClientTls tls = endpoint.tls();
        if (tls == null) {
            return connected(to);
        }
        boolean http2 = check.isPresent() && check.get().grpc().isPresent();
        try (ByteChannel secure = tls.health().over(to, endpoint.address(), http2)) {
            return connected(secure);
        }
    }

    /** One datagram, which may be lost: what fails once is asked again before {@code fall} is reached. */
    private Seen ask(DatagramChannel at, SocketAddress address, HealthCheck.Datagram asked) throws IOException {
        at.connect(address);
        phase = Phase.ANSWER;
        at.write(ByteBuffer.wrap(asked.send().orElse("\0").getBytes(StandardCharsets.ISO_8859_1)));
        byte[] expected = asked.expect().orElse("").getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer answer = ByteBuffer.allocate(Math.max(1, expected.length));
        try {
            at.read(answer);
        } catch (ClosedChannelException silence) {
            if (outOfTime && asked.expect().isEmpty()) {
                return new Seen.Passed();
            }
            throw silence;
        }
        boolean right = asked.expect().isEmpty()
                || java.util.Arrays.equals(
                        expected, 0, expected.length, answer.array(), 0, Math.min(answer.position(), expected.length));
        return right ? new Seen.Passed() : new Seen.Failed("another answer than the one that is expected");
    }

    private Seen connected(ByteChannel over) throws IOException {
        phase = Phase.ANSWER;
        if (check.isEmpty()) {
            return new Seen.Passed();
        }
        HealthCheck asked = check.get();
        if (asked.grpc().isPresent()) {
            boolean tls = endpoint.tls() != null;
            return GrpcCheck.run(over, asked.grpc().get(), authority(asked), tls, asked.timeout());
        }
        return asked.http().isPresent() ? get(over, asked) : new Seen.Passed();
    }

    /** Whether what failed says nothing about connecting to where traffic goes: the check has a port of its own, or got through. */
    private boolean reached(IOException e) {
        boolean connected = phase == Phase.ANSWER && !(e instanceof PortUnreachableException);
        return connected || !address().equals(endpoint.resolved());
    }

    private Seen get(ByteChannel over, HealthCheck http) throws IOException {
        send(over, request(http).getBytes(StandardCharsets.US_ASCII));
        byte[] answer = new byte[LIMITS.headBytes()];
        ByteBuffer room = ByteBuffer.wrap(answer);
        ResponseParser parser = new ResponseParser();
        ResponseHead head = new ResponseHead();
        int from = 0;
        // Ends with the channel or the buffer: the parser refuses a head that does not fit.
        while (over.read(room) > 0) {
            int length = parser.parse(answer, from, room.position(), LIMITS, Method.GET, head);
            while (length > 0 && head.status() < 200) {
                // An interim answer, which another follows (RFC 9110 section 15.2).
                from += length;
                length = parser.parse(answer, from, room.position(), LIMITS, Method.GET, head);
            }
            if (length == ResponseParser.REFUSED) {
                return new Seen.Failed(parser.refusal().explanation());
            }
            if (length > 0) {
                return judge(head.status(), http.status());
            }
        }
        return new Seen.Failed("closed without an answer");
    }

    private static void send(ByteChannel to, byte[] bytes) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
            to.write(rest);
        }
    }

    private static Seen judge(int status, HealthCheck.StatusRange expected) {
        return expected.contains(status)
                ? new Seen.Passed()
                : new Seen.Failed("status %d, expected %d-%d".formatted(status, expected.least(), expected.most()));
    }

    private String request(HealthCheck http) {
        return "GET " + http.http().orElse("/") + " HTTP/1.1\r\n"
                + "Host: " + authority(http) + "\r\n"
                + "User-Agent: parley-health\r\n"
                + "Accept: */*\r\n"
                + "Connection: close\r\n\r\n";
    }

    private String authority(HealthCheck asked) {
        return asked.host().orElseGet(() -> host(endpoint.address()));
    }

    private static String host(EndpointAddress address) {
        return switch (address) {
            case EndpointAddress.Inet inet -> inet.toString();
            case EndpointAddress.Unix unix -> "localhost";
        };
    }

    private String reason(IOException e) {
        if (outOfTime) {
            String within = Durations.text(timeout());
            return phase == Phase.CONNECT ? "no connection within " + within : "no answer within " + within;
        }
        if (e instanceof ClosedChannelException) {
            return "the check was ended";
        }
        String message = e.getMessage();
        if (message == null) {
            return e instanceof ConnectException || e instanceof PortUnreachableException
                    ? "connection refused"
                    : "the connection failed";
        }
        return message.toLowerCase(Locale.ROOT);
    }

    private void close() {
        try {
            channel.close();
        } catch (IOException ignored) {
            // The channel is gone either way, and what the probe found stands.
        }
    }
}
