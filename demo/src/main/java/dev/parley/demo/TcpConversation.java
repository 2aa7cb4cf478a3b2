package dev.parley.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;

/** A TCP connection to the echo service. */
final class TcpConversation implements Conversation {
    private static final int MESSAGE_BYTES = 64;
    private static final int LIMIT_MS = 10_000;

    private final Socket socket = new Socket();
    private final byte[] message = new byte[MESSAGE_BYTES];

    TcpConversation(InetSocketAddress address) throws IOException {
        Arrays.fill(message, (byte) 'p');
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(LIMIT_MS);
            socket.connect(address, LIMIT_MS);
        } catch (IOException refused) {
            socket.close();
            throw refused;
        }
    }

    @Override
    public void exchange() throws IOException {
        socket.getOutputStream().write(message);
        byte[] echo = socket.getInputStream().readNBytes(message.length);
        if (!Arrays.equals(echo, message)) {
            throw new IOException("%d of %d bytes came back".formatted(echo.length, message.length));
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
