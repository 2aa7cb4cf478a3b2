package dev.parley.app;

import dev.parley.cli.ExitCode;
import dev.parley.cli.ParleyCli;
import dev.parley.cli.Program;
import dev.parley.cli.Running;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The run from which the launcher makes the AOT cache (JEP 514): {@code parley up}, command line and all, with a configuration
 * that has every kind of setting, since each class that a start needs and the cache lacks costs it up to a millisecond. It then
 * warms up for longer than a start would, so that the cache holds profiles of hot code (JEP 515), asks its own addresses, and
 * stops.
 */
final class Training implements Program {
    private static final Logger LOG = LoggerFactory.getLogger(Training.class);
    private static final WarmUp.Amount LONG = new WarmUp.Amount(200_000, Duration.ofSeconds(12));
    private static final int SILENCE_LIMIT_MS = 5_000;

    private final Program program = new Assembly(WarmUp.Amount.NONE);
    private final WarmUp.Amount amount;

    private Training(WarmUp.Amount amount) {
        this.amount = amount;
    }

    static void run() {
        run(LONG);
    }

    static void run(WarmUp.Amount amount) {
        try (InputStream configuration = Objects.requireNonNull(Training.class.getResourceAsStream("training.yaml"))) {
            Path file = Files.createTempFile("parley-train-", ".yaml");
            Files.write(file, configuration.readAllBytes());
            int exitCode = ParleyCli.run(new String[] {"up", "-f", file.toString()}, new Training(amount));
            Files.delete(file);
            if (exitCode != ExitCode.OK) {
                throw new IllegalStateException("training was not served to its end");
            }
        } catch (IOException failed) {
            throw new UncheckedIOException("training failed", failed);
        }
    }

    @Override
    public Start up(UpOptions options) throws InterruptedException {
        Start start = program.up(options);
        if (start instanceof Started started) {
            Thread.ofPlatform().name("parley-training").start(() -> exercise(started.running()));
        }
        return start;
    }

    private void exercise(Running running) {
        try {
            WarmUp.run(amount);
            running.admin().ifPresent(admin -> {
                ask(admin, "/metrics");
                ask(admin, "/status");
                ask(admin, "/readyz");
            });
            SocketAddress edge = Objects.requireNonNull(running.listeners().get("edge"), "training.yaml has no edge");
            ask(edge, "/ping");
            ask(edge, "/pay");
            running.stop();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asks through a plain socket: an HTTP client would fill the cache with classes that no start needs. */
    private static void ask(SocketAddress address, String path) {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(SILENCE_LIMIT_MS);
            socket.connect(address);
            String request = "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".formatted(path);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().readAllBytes();
        } catch (IOException noAnswer) {
            LOG.warn("training had no answer from {} path={} cause={}", address, path, noAnswer.toString());
        }
    }
}
