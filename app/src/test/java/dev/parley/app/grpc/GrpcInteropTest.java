package dev.parley.app.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.app.http2.Front;
import dev.parley.testkit.Bounds;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The cases of gRPC's interoperability tests (grpc/doc/interop-test-descriptions.md), by their names there, with grpc-java
 * as client and as server.
 */
class GrpcInteropTest {
    private static final int LARGE_ASK = 271_828;
    private static final int LARGE_ANSWER = 314_159;
    private static final int[] ASKS = {27_182, 8, 1_828, 45_904};
    private static final int[] ANSWERS = {31_415, 9, 2_653, 58_979};

    private TestService service;
    private Front front;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        service = new TestService();
        front = Front.beforeHttp2Port(service.port());
        channel = NettyChannelBuilder.forAddress("127.0.0.1", front.port())
                .usePlaintext()
                .maxInboundMessageSize(16 << 20)
                .build();
    }

    @AfterEach
    void stop() throws Exception {
        channel.shutdownNow();
        assertThat(channel.awaitTermination(Bounds.WAIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        front.requireNothingIsLeft();
        front.close();
        service.close();
    }

    private byte[] ask(MethodDescriptor<byte[], byte[]> method, CallOptions options, Ask ask) {
        return ClientCalls.blockingUnaryCall(channel, method, options, ask.bytes());
    }

    private StreamObserver<byte[]> converse(StreamObserver<byte[]> answers) {
        return ClientCalls.asyncBidiStreamingCall(channel.newCall(TestService.DUPLEX, deadline()), answers);
    }

    private static CallOptions deadline() {
        return CallOptions.DEFAULT.withDeadlineAfter(Bounds.WAIT.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void emptyUnary() {
        assertThat(ClientCalls.blockingUnaryCall(channel, TestService.EMPTY, deadline(), new byte[0]))
                .isEmpty();
    }

    @Test
    void largeUnary() {
        assertThat(ask(TestService.UNARY, deadline(), Ask.forAnswers(LARGE_ASK, LARGE_ANSWER)))
                .hasSize(LARGE_ANSWER);
    }

    @Test
    void veryLargeUnary() {
        assertThat(ask(TestService.UNARY, deadline(), Ask.forAnswers(8 << 20, 8 << 20)))
                .hasSize(8 << 20);
    }

    @Test
    void clientStreaming() throws Exception {
        Answers answers = new Answers();
        StreamObserver<byte[]> asks =
                ClientCalls.asyncClientStreamingCall(channel.newCall(TestService.INPUT, deadline()), answers);
        int sum = 0;
        for (int size : ASKS) {
            asks.onNext(Ask.forAnswers(size).bytes());
            sum += size;
        }
        asks.onCompleted();
        assertThat(answers.awaitOk()).hasSize(1);
        assertThat(ByteBuffer.wrap(answers.all().getFirst()).getInt()).isEqualTo(sum);
    }

    @Test
    void serverStreaming() {
        Iterator<byte[]> answers = ClientCalls.blockingServerStreamingCall(
                channel,
                TestService.OUTPUT,
                deadline(),
                Ask.forAnswers(0, ANSWERS).bytes());
        List<Integer> sizes = new ArrayList<>();
        answers.forEachRemaining(answer -> sizes.add(answer.length));
        assertThat(sizes).containsExactly(31_415, 9, 2_653, 58_979);
    }

    @Test
    void pingPong() throws Exception {
        Answers answers = new Answers();
        StreamObserver<byte[]> asks = converse(answers);
        for (int i = 0; i < ASKS.length; i++) {
            asks.onNext(Ask.forAnswers(ASKS[i], ANSWERS[i]).bytes());
            assertThat(answers.await(i + 1).getLast()).hasSize(ANSWERS[i]);
        }
        asks.onCompleted();
        assertThat(answers.awaitOk()).hasSize(ASKS.length);
    }

    @Test
    void emptyStream() throws Exception {
        Answers answers = new Answers();
        converse(answers).onCompleted();
        assertThat(answers.awaitOk()).isEmpty();
    }

    @Test
    void clientCompressedUnary() {
        assertThat(ask(TestService.UNARY, deadline().withCompression("gzip"), Ask.forAnswers(LARGE_ASK, LARGE_ANSWER)))
                .hasSize(LARGE_ANSWER);
    }

    @Test
    void serverCompressedUnary() {
        Metadata asked = new Metadata();
        asked.put(TestService.GZIP, "yes");
        byte[] answer = ClientCalls.blockingUnaryCall(
                with(asked, new AtomicReference<>(), new AtomicReference<>()),
                TestService.UNARY,
                deadline(),
                Ask.forAnswers(10, LARGE_ANSWER).bytes());
        assertThat(answer).hasSize(LARGE_ANSWER);
    }

    @Test
    void cancelAfterBegin() {
        Answers answers = new Answers();
        ClientCall<byte[], byte[]> call = channel.newCall(TestService.INPUT, deadline());
        StreamObserver<byte[]> asks = ClientCalls.asyncClientStreamingCall(call, answers);
        asks.onNext(Ask.forAnswers(1).bytes());
        call.cancel("enough", null);
        assertThat(answers.awaitStatus()).isEqualTo(Status.Code.CANCELLED);
    }

    @Test
    void cancelAfterFirstResponse() throws Exception {
        Answers answers = new Answers();
        ClientCall<byte[], byte[]> call = channel.newCall(TestService.DUPLEX, deadline());
        StreamObserver<byte[]> asks = ClientCalls.asyncBidiStreamingCall(call, answers);
        asks.onNext(Ask.forAnswers(27_182, 31_415).bytes());
        answers.await(1);
        call.cancel("enough", null);
        assertThat(answers.awaitStatus()).isEqualTo(Status.Code.CANCELLED);
        Awaitility.await().atMost(Bounds.WAIT).until(() -> service.cancelled() == 1);
    }

    @Test
    void timeoutOnSleepingServer() {
        assertThatThrownBy(() -> ask(
                        TestService.UNARY,
                        CallOptions.DEFAULT.withDeadlineAfter(200, TimeUnit.MILLISECONDS),
                        Ask.forAnswers(10)))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        failed -> assertThat(failed.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
        Awaitility.await().atMost(Bounds.WAIT).until(() -> service.cancelled() == 1);
    }

    @Test
    void customMetadata() {
        Metadata asked = new Metadata();
        byte[] binary = {(byte) 0xab, (byte) 0xab, (byte) 0xab, 0, 1};
        asked.put(TestService.ECHO_INITIAL, "test_initial_metadata_value");
        asked.put(TestService.ECHO_TRAILING, binary);
        AtomicReference<Metadata> head = new AtomicReference<>();
        AtomicReference<Metadata> trailers = new AtomicReference<>();
        ClientCalls.blockingUnaryCall(
                with(asked, head, trailers),
                TestService.UNARY,
                deadline(),
                Ask.forAnswers(LARGE_ASK, LARGE_ANSWER).bytes());
        assertThat(head.get().get(TestService.ECHO_INITIAL)).isEqualTo("test_initial_metadata_value");
        assertThat(trailers.get().get(TestService.ECHO_TRAILING)).containsExactly(binary);
    }

    private Channel with(Metadata asked, AtomicReference<Metadata> head, AtomicReference<Metadata> trailers) {
        return ClientInterceptors.intercept(
                channel,
                MetadataUtils.newAttachHeadersInterceptor(asked),
                MetadataUtils.newCaptureMetadataInterceptor(head, trailers));
    }

    private void requireStatus(Ask ask, MethodDescriptor<byte[], byte[]> method, Status.Code code, String message) {
        assertThatThrownBy(() -> ask(method, deadline(), ask))
                .isInstanceOfSatisfying(StatusRuntimeException.class, failed -> {
                    assertThat(failed.getStatus().getCode()).isEqualTo(code);
                    assertThat(failed.getStatus().getDescription()).isEqualTo(message);
                });
    }

    @Test
    void statusCodeAndMessage() throws Exception {
        requireStatus(
                Ask.forStatus(2, "test status message"), TestService.UNARY, Status.Code.UNKNOWN, "test status message");
        Answers answers = new Answers();
        converse(answers).onNext(Ask.forStatus(2, "test status message").bytes());
        assertThat(answers.awaitStatus()).isEqualTo(Status.Code.UNKNOWN);
    }

    @Test
    void specialStatusMessage() {
        String special = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \uD83D\uDE08\t\n";
        requireStatus(Ask.forStatus(2, special), TestService.UNARY, Status.Code.UNKNOWN, special);
    }

    @Test
    void unimplementedMethod() {
        assertThatThrownBy(() -> ask(TestService.UNIMPLEMENTED, deadline(), Ask.forAnswers(0)))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        failed -> assertThat(failed.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED));
    }

    @Test
    void manyStreamsAtATime() throws Exception {
        List<Answers> calls = new ArrayList<>();
        List<StreamObserver<byte[]>> asks = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            Answers answers = new Answers();
            calls.add(answers);
            asks.add(converse(answers));
        }
        for (int round = 1; round <= 5; round++) {
            for (StreamObserver<byte[]> each : asks) {
                each.onNext(Ask.forAnswers(1000, 5000).bytes());
            }
            for (Answers each : calls) {
                each.await(round);
            }
        }
        asks.forEach(StreamObserver::onCompleted);
        for (Answers each : calls) {
            assertThat(each.awaitOk()).hasSize(5);
        }
    }

    @Test
    void streamLivesThroughAChangeAndADrain() throws Exception {
        Answers answers = new Answers();
        StreamObserver<byte[]> asks = converse(answers);
        asks.onNext(Ask.forAnswers(1, 10).bytes());
        answers.await(1);

        String endpoint = "127.0.0.1:" + service.port();
        front.parley().apply(Front.configuration(endpoint, "timeouts: { idle: 70s }", "protocol: http2", "path: /"));
        asks.onNext(Ask.forAnswers(1, 20).bytes());
        assertThat(answers.await(2).getLast()).hasSize(20);
        assertThat(ask(TestService.UNARY, deadline(), Ask.forAnswers(1, 2))).hasSize(2);

        front.parley().apply("admin: { enabled: false }\ndrain: 15s\nlisteners: {}\nservices: {}\nroutes: {}\n");
        asks.onNext(Ask.forAnswers(1, 30).bytes());
        assertThat(answers.await(3).getLast()).hasSize(30);
        asks.onCompleted();
        assertThat(answers.awaitOk()).hasSize(3);
    }
}
