package dev.parley.demo;

import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends at a fixed rate from a fixed number of clients, each a virtual thread: requests of HTTP, calls of gRPC, messages
 * on WebSockets and on TCP connections. {@link Pace} says when.
 */
final class Load implements AutoCloseable {
    private static final int HTTP_CLIENTS = 64;
    private static final int GRPC_CALLERS = 16;
    private static final int GRPC_PER_SECOND = 100;
    private static final int CONVERSATIONS = 8;
    private static final int MESSAGES_PER_SECOND = 80;

    private final Map<Protocol, Tally> tallies = new EnumMap<>(Protocol.class);
    private final List<Pace> paces = new ArrayList<>();
    private final List<Runnable> closings = new ArrayList<>();
    private @Nullable HttpClients http;
    private int httpPerSecond;
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();

    /** Adds requests of HTTP, so many a second. */
    void http(InetSocketAddress address, String path, int perSecond) {
        http = new HttpClients(address, path, pace(perSecond), tally(Protocol.HTTP));
        httpPerSecond = perSecond;
        start(HTTP_CLIENTS, http);
    }

    /** Sends so many times as many requests of HTTP as were asked for, until what it answers is run. */
    Runnable surge(int times) {
        HttpClients usual = http;
        if (usual == null) {
            throw new IllegalStateException("there is no load of HTTP to multiply");
        }
        Pace more = pace(httpPerSecond * (times - 1));
        start(HTTP_CLIENTS, new HttpClients(usual.address(), usual.path(), more, usual.tally()));
        return more::stop;
    }

    /** Adds calls of gRPC. */
    void grpc(InetSocketAddress address, BooleanSupplier hurtLately) {
        GrpcClients callers = new GrpcClients(address, pace(GRPC_PER_SECOND), tally(Protocol.GRPC), hurtLately);
        closings.add(callers::close);
        start(GRPC_CALLERS, callers);
    }

    /** Adds WebSockets. */
    void webSocket(InetSocketAddress address, String path, BooleanSupplier hurtLately) {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        closings.add(client::shutdownNow);
        converse(Protocol.WEBSOCKET, () -> new WebSocketConversation(client, address, path), hurtLately);
    }

    /** Adds TCP connections. */
    void tcp(InetSocketAddress address, BooleanSupplier hurtLately) {
        converse(Protocol.TCP, () -> new TcpConversation(address), hurtLately);
    }

    private void converse(Protocol protocol, Conversation.Opener opener, BooleanSupplier hurtLately) {
        Pace pace = pace(MESSAGES_PER_SECOND);
        start(CONVERSATIONS, new Conversations(opener, pace, tally(protocol), hurtLately));
    }

    private void start(int count, Runnable client) {
        for (int i = 0; i < count; i++) {
            clients.execute(client);
        }
    }

    private Pace pace(int perSecond) {
        Pace pace = new Pace(perSecond);
        paces.add(pace);
        return pace;
    }

    /** What came of the load of a protocol; nothing where there was none. */
    Tally tally(Protocol protocol) {
        return tallies.computeIfAbsent(protocol, absent -> new Tally());
    }

    /** Sends nothing more, waits for the answers to what was sent, and closes all connections. */
    @Override
    public void close() {
        paces.forEach(Pace::stop);
        clients.close();
        closings.forEach(Runnable::run);
    }
}
