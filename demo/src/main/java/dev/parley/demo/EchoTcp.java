package dev.parley.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A child process of the demo: a TCP service that sends back whatever it reads. */
final class EchoTcp {
    private static final int BACKLOG = 1024;

    private EchoTcp() {}

    /**
     * Runs until it is killed or its parent ends.
     *
     * @param args its name, and the port (0 takes a free one)
     */
    public static void main(String[] args) throws IOException {
        Lifeline.hold();
        try (ServerSocket server =
                new ServerSocket(Integer.parseInt(args[1]), BACKLOG, InetAddress.getLoopbackAddress())) {
            Lifeline.announce(server.getLocalPort());
            while (true) {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> echo(socket));
            }
        }
    }

    private static void echo(Socket socket) {
        try (socket) {
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException clientWentAway) {
            // Its right.
        }
    }
}
