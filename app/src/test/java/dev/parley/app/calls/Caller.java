package dev.parley.app.calls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Bounds;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client of grpc-java. */
final class Caller implements AutoCloseable {
    private final ManagedChannel channel;

    Caller(int port) {
        channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .maxInboundMessageSize(16 << 20)
                .build();
    }

    /** Begins a call to a method, {@code pkg.Service/Method}. */
    Call begin(String method, Metadata head, CallOptions options) {
        return new Call(channel.newCall(Speaker.method(method), options), head);
    }

    Call begin(String method) {
        return begin(method, new Metadata(), CallOptions.DEFAULT);
    }

    /** Asks once, and awaits the end. */
    Call ask(String method, String message) throws Exception {
        Call call = begin(method).say(message).end();
        call.status();
        return call;
    }

    @Override
    public void close() throws Exception {
        channel.shutdownNow();
        assertThat(channel.awaitTermination(Bounds.WAIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
    }

    /** A call that is under way. */
    static final class Call extends ClientCall.Listener<byte[]> {
        private final ClientCall<byte[], byte[]> call;
        private final LinkedBlockingQueue<byte[]> heard = new LinkedBlockingQueue<>();
        private final CompletableFuture<Metadata> head = new CompletableFuture<>();
        private final CompletableFuture<Status> status = new CompletableFuture<>();

        Call(ClientCall<byte[], byte[]> call, Metadata sent) {
            this.call = call;
            call.start(this, sent);
            call.request(1000);
        }

        Call say(String message) {
            call.sendMessage(message.getBytes(UTF_8));
            return this;
        }

        Call end() {
            call.halfClose();
            return this;
        }

        void cancel() {
            call.cancel("enough", null);
        }

        /** The next message. */
        String heard() throws InterruptedException {
            byte[] message = heard.poll(Bounds.WAIT.toSeconds(), TimeUnit.SECONDS);
            if (message == null) {
                throw new AssertionError("no message came; the call: " + status);
            }
            return new String(message, UTF_8);
        }

        boolean ended() {
            return status.isDone();
        }

        /** The status, once the call has ended. */
        Status status() throws Exception {
            return status.get(Bounds.WAIT.toSeconds(), TimeUnit.SECONDS);
        }

        Metadata head() throws Exception {
            return head.get(Bounds.WAIT.toSeconds(), TimeUnit.SECONDS);
        }

        @Override
        public void onHeaders(Metadata headers) {
            head.complete(headers);
        }

        @Override
        public void onMessage(byte[] message) {
            heard.add(message);
        }

        @Override
        public void onClose(Status end, Metadata trailers) {
            status.complete(end);
        }
    }
}
