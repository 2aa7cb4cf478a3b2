package dev.parley.proxy.health;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A service that can be killed, restarted at its address, and told what to answer to checks. */
final class Checked implements AutoCloseable {
    static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    /** Accepts, and says nothing. */
    static final String SILENCE = "";

    final AtomicInteger accepted = new AtomicInteger();
    final Queue<String> requests = new ConcurrentLinkedQueue<>();
    volatile String answer = OK;

    private final Queue<SocketChannel> held = new ConcurrentLinkedQueue<>();
    private SocketAddress address;
    private @Nullable ServerSocketChannel server;
    private @Nullable Thread serving;

    Checked(SocketAddress address) throws IOException {
        this.address = address;
        start();
    }

    static Checked onLoopback() throws IOException {
        return new Checked(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
    }

    SocketAddress address() {
        return address;
    }

    void start() throws IOException {
        ServerSocketChannel opened = address instanceof UnixDomainSocketAddress
                ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                : ServerSocketChannel.open();
        opened.bind(address);
        address = opened.getLocalAddress();
        server = opened;
        serving = Thread.ofVirtual().start(() -> serve(opened));
    }

    /** Nothing listens any more when this returns: the channel gives up its port only as the thread that accepts ends. */
    void kill() throws IOException {
        if (server == null || serving == null) {
            return;
        }
        server.close();
        try {
            serving.join();
        } catch (InterruptedException e) {
            throw new AssertionError("The test was interrupted.", e);
        }
    }

    private void serve(ServerSocketChannel from) {
        try {
            while (true) {
                SocketChannel client = from.accept();
                accepted.incrementAndGet();
                Thread.ofVirtual().start(() -> answer(client));
            }
        } catch (IOException killed) {
            // As the test wants it.
        }
    }

    private void answer(SocketChannel client) {
        held.add(client);
        try {
            ByteBuffer request = ByteBuffer.allocate(4096);
            StringBuilder text = new StringBuilder();
            while (text.indexOf("\r\n\r\n") < 0 && client.read(request) >= 0) {
                text.append(StandardCharsets.US_ASCII.decode(request.flip()));
                request.clear();
            }
            if (text.isEmpty()) {
                client.close();
                return;
            }
            requests.add(text.toString());
            String bytes = answer;
            if (!bytes.equals(SILENCE)) {
                client.write(StandardCharsets.US_ASCII.encode(bytes));
                client.close();
            }
        } catch (IOException gone) {
            // The probe was cut off.
        }
    }

    @Override
    public void close() throws IOException {
        kill();
        for (SocketChannel client : held) {
            client.close();
        }
    }
}
