package dev.parley.app;

import dev.parley.cli.Program;
import dev.parley.cli.Running;
import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import dev.parley.config.LocatedProblem;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** Parley as {@code up} starts it, in this process and cold. */
final class TestParley implements AutoCloseable {
    private final Running running;

    private TestParley(Running running) {
        this.running = running;
    }

    /** Serves a file or a folder, or fails with every problem of it. */
    static TestParley start(Path configuration) throws InterruptedException {
        Program program = new Assembly(WarmUp.Amount.NONE);
        return switch (ConfigReader.create().read(configuration)) {
            case Loaded.Rejected(var problems) ->
                throw new AssertionError(
                        problems.stream().map(LocatedProblem::render).collect(Collectors.joining("\n")));
            case Loaded.Accepted accepted ->
                switch (program.up(new Program.UpOptions(configuration, accepted))) {
                    case Program.CannotStart(var problems) -> throw new AssertionError(problems);
                    case Program.Started(Running running) -> new TestParley(running);
                };
        };
    }

    /** The port that a listener got. */
    int port(String listener) {
        if (running.listeners().get(listener) instanceof InetSocketAddress address) {
            return address.getPort();
        }
        throw new AssertionError(listener + " has no port: " + running.listeners());
    }

    /** The admin address, as host:port. */
    String adminAddress() {
        InetSocketAddress address = running.admin().orElseThrow();
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    /** One GET at the admin address. */
    Reply askAdmin(String path) throws IOException {
        try (RawClient client = RawClient.connect(running.admin().orElseThrow())) {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .readReply();
        }
    }

    /** One GET on a connection of its own, with further field lines, each without its line end. */
    Reply get(String listener, String target, String... fields) throws IOException {
        StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\r\nConnection: close\r\n");
        if (!String.join("\n", fields).contains("Host: ")) {
            request.append("Host: localhost\r\n");
        }
        for (String field : fields) {
            request.append(field).append("\r\n");
        }
        try (RawClient client = RawClient.connect(port(listener))) {
            return client.send(request.append("\r\n").toString()).readReply();
        }
    }

    @Override
    public void close() {
        try {
            running.stop();
        } catch (InterruptedException interrupted) {
            throw new AssertionError("interrupted while Parley stopped", interrupted);
        }
    }
}
