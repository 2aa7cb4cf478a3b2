package dev.parley.app.calls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.testkit.Bounds;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.SslContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A server of grpc-java that has every service, with plain bytes as messages. What a method does is in its name:
 *
 * <pre>
 *   Echo, and any other  answers each message with the server's name, the method and the message
 *   Fail                 ends with FAILED_PRECONDITION and nothing else
 *   Stream               answers once, waits for {@link #goOn}, answers again and ends
 *   Never                does not answer
 *   Check                of grpc.health.v1.Health, as {@link #health} says
 * </pre>
 */
final class Speaker implements AutoCloseable {
    static final Metadata.Key<String> TEAM = Metadata.Key.of("x-team", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> LAST = Metadata.Key.of("x-last", Metadata.ASCII_STRING_MARSHALLER);

    private final String name;
    private final Server server;
    private final CountDownLatch gate = new CountDownLatch(1);
    private final AtomicInteger cancelled = new AtomicInteger();
    private final AtomicReference<byte @Nullable []> health = new AtomicReference<>();
    private final AtomicReference<String> asked = new AtomicReference<>("");

    Speaker(String name) throws IOException {
        this(name, null);
    }

    /** One that speaks TLS where a context is given. */
    Speaker(String name, @Nullable SslContext tls) throws IOException {
        this(name, tls, 0);
    }

    private Speaker(String name, @Nullable SslContext tls, int port) throws IOException {
        this.name = name;
        NettyServerBuilder builder =
                NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        if (tls != null) {
            builder.sslContext(tls);
        }
        server = builder.executor(Executors.newVirtualThreadPerTaskExecutor())
                .maxInboundMessageSize(16 << 20)
                .fallbackHandlerRegistry(new Everything())
                .build()
                .start();
    }

    /** A server as a process of its own: port and name are the arguments. On SIGTERM it finishes its calls, and ends. */
    public static void main(String[] args) throws Exception {
        Speaker speaker = new Speaker(args[1], null, Integer.parseInt(args[0]));
        Runtime.getRuntime().addShutdownHook(new Thread(speaker::finish));
        System.out.println("serving");
        speaker.server.awaitTermination();
    }

    private void finish() {
        server.shutdown();
        try {
            server.awaitTermination(Bounds.WAIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException hurry) {
            server.shutdownNow();
        }
    }

    static MethodDescriptor<byte[], byte[]> method(String fullName) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodType.BIDI_STREAMING)
                .setFullMethodName(fullName)
                .setRequestMarshaller(new Bytes())
                .setResponseMarshaller(new Bytes())
                .build();
    }

    int port() {
        return server.getPort();
    }

    String endpoint() {
        return "127.0.0.1:" + port();
    }

    int cancelled() {
        return cancelled.get();
    }

    /** Lets streams go on. */
    void goOn() {
        gate.countDown();
    }

    /** What a health check is answered; null for a server without that service. */
    void health(byte @Nullable [] message) {
        health.set(message);
    }

    /** What the last health check asked for, as it came. */
    String asked() {
        return asked.get();
    }

    @Override
    public void close() {
        goOn();
        server.shutdownNow();
    }

    private final class Everything extends HandlerRegistry {
        @Override
        public @Nullable ServerMethodDefinition<?, ?> lookupMethod(String fullName, @Nullable String authority) {
            boolean check = fullName.startsWith("grpc.health.v1.Health/");
            return check && health.get() == null
                    ? null
                    : ServerMethodDefinition.create(method(fullName), new Handler(fullName));
        }
    }

    private final class Handler implements ServerCallHandler<byte[], byte[]> {
        private final String method;

        Handler(String fullName) {
            method = fullName;
        }

        @Override
        public ServerCall.Listener<byte[]> startCall(ServerCall<byte[], byte[]> call, Metadata head) {
            call.request(1000);
            if (method.endsWith("/Fail")) {
                call.close(Status.FAILED_PRECONDITION.withDescription("50 % won't do"), new Metadata());
                return new ServerCall.Listener<>() {};
            }
            return new Conversation(method, call, head);
        }
    }

    private final class Conversation extends ServerCall.Listener<byte[]> {
        private final String method;
        private final ServerCall<byte[], byte[]> call;
        private final String team;
        private boolean begun;

        Conversation(String method, ServerCall<byte[], byte[]> call, Metadata head) {
            this.method = method;
            this.call = call;
            String sent = head.get(TEAM);
            team = sent == null ? "" : " of " + sent;
        }

        @Override
        public void onMessage(byte[] message) {
            if (method.endsWith("/Never")) {
                return;
            }
            if (method.endsWith("/Check")) {
                asked.set(new String(message, ISO_8859_1));
                byte[] answer = health.get();
                say(answer == null ? new byte[0] : answer);
                return;
            }
            say((name + " " + method + team + ": " + new String(message, UTF_8)).getBytes(UTF_8));
            if (method.endsWith("/Stream")) {
                awaitGate();
                say("and on".getBytes(UTF_8));
            }
        }

        private void say(byte[] message) {
            if (!begun) {
                begun = true;
                call.sendHeaders(new Metadata());
            }
            call.sendMessage(message);
        }

        private void awaitGate() {
            try {
                if (!gate.await(Bounds.WAIT.toSeconds(), TimeUnit.SECONDS)) {
                    throw new AssertionError("nobody let the stream go on");
                }
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        }

        @Override
        public void onHalfClose() {
            if (!method.endsWith("/Never")) {
                Metadata trailers = new Metadata();
                trailers.put(LAST, "word");
                call.close(Status.OK, trailers);
            }
        }

        @Override
        public void onCancel() {
            cancelled.incrementAndGet();
        }
    }

    /** A message is its bytes. */
    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }
    }
}
