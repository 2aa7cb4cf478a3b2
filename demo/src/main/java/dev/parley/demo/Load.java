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
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();

    /** Adds requests of HTTP, so many a second. */
    void http(InetSocketAddress address, String path, int perSecond) {
        start(HTTP_CLIENTS, new HttpClients(address, path, pace(perSecond), tally(Protocol.HTTP)));
    }

    /** Adds calls of gRPC. */
    void grpc(InetSocketAddress address, BooleanSupplier killedLately) {
        GrpcClients callers = new GrpcClients(address, pace(GRPC_PER_SECOND), tally(Protocol.GRPC), killedLately);
        closings.add(callers::close);
        start(GRPC_CALLERS, callers);
    }

    /** Adds WebSockets. */
    void webSocket(InetSocketAddress address, String path, BooleanSupplier killedLately) {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        closings.add(client::shutdownNow);
        converse(Protocol.WEBSOCKET, () -> new WebSocketConversation(client, address, path), killedLately);
    }

    /** Adds TCP connections. */
    void tcp(InetSocketAddress address, BooleanSupplier killedLately) {
        converse(Protocol.TCP, () -> new TcpConversation(address), killedLately);
    }

    private void converse(Protocol protocol, Conversation.Opener opener, BooleanSupplier killedLately) {
        Pace pace = pace(MESSAGES_PER_SECOND);
        start(CONVERSATIONS, new Conversations(opener, pace, tally(protocol), killedLately));
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
