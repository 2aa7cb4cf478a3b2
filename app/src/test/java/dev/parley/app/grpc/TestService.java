package dev.parley.app.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** The service of gRPC's interoperability tests, served by grpc-java on Netty, with messages of plain bytes. */
final class TestService implements AutoCloseable {
    static final String NAME = "grpc.testing.TestService";
    static final MethodDescriptor<byte[], byte[]> EMPTY = method("EmptyCall", MethodType.UNARY);
    static final MethodDescriptor<byte[], byte[]> UNARY = method("UnaryCall", MethodType.UNARY);
    static final MethodDescriptor<byte[], byte[]> INPUT = method("StreamingInputCall", MethodType.CLIENT_STREAMING);
    static final MethodDescriptor<byte[], byte[]> OUTPUT = method("StreamingOutputCall", MethodType.SERVER_STREAMING);
    static final MethodDescriptor<byte[], byte[]> DUPLEX = method("FullDuplexCall", MethodType.BIDI_STREAMING);
    /** The service has no such method. */
    static final MethodDescriptor<byte[], byte[]> UNIMPLEMENTED = method("UnimplementedCall", MethodType.UNARY);

    static final Metadata.Key<String> ECHO_INITIAL =
            Metadata.Key.of("x-grpc-test-echo-initial", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<byte[]> ECHO_TRAILING =
            Metadata.Key.of("x-grpc-test-echo-trailing-bin", Metadata.BINARY_BYTE_MARSHALLER);

    private final Server server;
    private final AtomicInteger cancelled = new AtomicInteger();

    TestService() throws IOException {
        ServerServiceDefinition service = ServerServiceDefinition.builder(NAME)
                .addMethod(EMPTY, ServerCalls.asyncUnaryCall((ask, answers) -> {
                    answers.onNext(new byte[0]);
                    answers.onCompleted();
                }))
                .addMethod(UNARY, ServerCalls.asyncUnaryCall(this::answerAll))
                .addMethod(OUTPUT, ServerCalls.asyncServerStreamingCall(this::answerAll))
                .addMethod(INPUT, ServerCalls.asyncClientStreamingCall(this::sum))
                .addMethod(DUPLEX, ServerCalls.asyncBidiStreamingCall(this::converse))
                .build();
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .maxInboundMessageSize(16 << 20)
                .addService(ServerInterceptors.intercept(service, new Echo()))
                .build()
                .start();
    }

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(NAME, name))
                .setRequestMarshaller(new Bytes())
                .setResponseMarshaller(new Bytes())
                .build();
    }

    /** A message is its bytes. */
    static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
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

    int port() {
        return server.getPort();
    }

    /** How many calls their clients, or who stands between, have cancelled. */
    int cancelled() {
        return cancelled.get();
    }

    private void answerAll(byte[] message, StreamObserver<byte[]> answers) {
        Ask ask = Ask.of(message);
        ServerCallStreamObserver<byte[]> call = (ServerCallStreamObserver<byte[]>) answers;
        call.setOnCancelHandler(cancelled::incrementAndGet);
        answer(ask, answers);
        if (ask.code() == 0 && ask.answers().length > 0) {
            answers.onCompleted();
        }
    }

    /** Sends the answers that are asked for; a call that asks for none and for no status goes on without any. */
    private static void answer(Ask ask, StreamObserver<byte[]> answers) {
        for (int size : ask.answers()) {
            answers.onNext(new byte[size]);
        }
        if (ask.code() != 0) {
            answers.onError(Status.fromCodeValue(ask.code())
                    .withDescription(ask.message())
                    .asRuntimeException());
        }
    }

    private StreamObserver<byte[]> sum(StreamObserver<byte[]> answers) {
        ((ServerCallStreamObserver<byte[]>) answers).setOnCancelHandler(cancelled::incrementAndGet);
        return new StreamObserver<>() {
            private int sum;

            @Override
            public void onNext(byte[] message) {
                sum += Ask.of(message).payloadBytes();
            }

            @Override
            public void onError(Throwable failed) {
                // The client has cancelled, which is counted.
            }

            @Override
            public void onCompleted() {
                answers.onNext(ByteBuffer.allocate(4).putInt(sum).array());
                answers.onCompleted();
            }
        };
    }

    private StreamObserver<byte[]> converse(StreamObserver<byte[]> answers) {
        ((ServerCallStreamObserver<byte[]>) answers).setOnCancelHandler(cancelled::incrementAndGet);
        return new StreamObserver<>() {
            @Override
            public void onNext(byte[] message) {
                answer(Ask.of(message), answers);
            }

            @Override
            public void onError(Throwable failed) {
                // The client has cancelled, which is counted.
            }

            @Override
            public void onCompleted() {
                answers.onCompleted();
            }
        };
    }

    /** Sends the two metadata of the interoperability tests back, one in the head, one in the trailers. */
    private static final class Echo implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata asked, ServerCallHandler<Q, A> next) {
            return next.startCall(
                    new SimpleForwardingServerCall<>(call) {
                        @Override
                        public void sendHeaders(Metadata headers) {
                            String initial = asked.get(ECHO_INITIAL);
                            if (initial != null) {
                                headers.put(ECHO_INITIAL, initial);
                            }
                            if (asked.containsKey(GZIP)) {
                                setCompression("gzip");
                            }
                            super.sendHeaders(headers);
                        }

                        @Override
                        public void close(Status status, Metadata trailers) {
                            byte[] trailing = asked.get(ECHO_TRAILING);
                            if (trailing != null) {
                                trailers.put(ECHO_TRAILING, trailing);
                            }
                            super.close(status, trailers);
                        }
                    },
                    asked);
        }
    }

    /** Asks for compressed answers. */
    static final Metadata.Key<String> GZIP = Metadata.Key.of("x-test-gzip", Metadata.ASCII_STRING_MARSHALLER);

    @Override
    public void close() {
        server.shutdownNow();
    }
}
