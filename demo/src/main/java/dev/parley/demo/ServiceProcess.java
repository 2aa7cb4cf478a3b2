package dev.parley.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint of the demo as a process of the operating system. It keeps its port over restarts, as a service that is
 * restarted in place does. Methods may be called from any thread.
 */
final class ServiceProcess implements AutoCloseable {
    static final String ANNOUNCEMENT = "listening on ";

    /** Far beyond what a JVM takes to start, even where eight of them share two busy cores. */
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    /** Small and quick to start: seven of these run beside Parley on what may be a laptop. */
    private static final List<String> CHILD_FLAGS = List.of(
            "-Xms8m",
            "-Xmx48m",
            "-Xss256k",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError");

    private final String name;
    private final Class<?> main;
    private final List<String> more;
    private final Path folder;
    private final int port;
    private @Nullable Process process;

    /**
     * @param main what the process runs; it is given the name, the port and the further arguments
     * @param folder where what it says on standard error goes, to NAME.log
     */
    ServiceProcess(String name, int port, Class<?> main, Path folder, String... more) {
        this.name = name;
        this.port = port;
        this.main = main;
        this.folder = folder;
        this.more = List.of(more);
    }

    String name() {
        return name;
    }

    /** Its address as configuration and metrics have it. */
    String address() {
        return "127.0.0.1:" + port;
    }

    synchronized boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** The process id, or -1 where it was never started. */
    synchronized long pid() {
        return process == null ? -1 : process.pid();
    }

    /** Starts it and waits until it listens. Does nothing where it runs. */
    synchronized void start() throws IOException, InterruptedException {
        if (isAlive()) {
            return;
        }
        Process started = new ProcessBuilder(command())
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        folder.resolve(name + ".log").toFile()))
                .start();
        process = started;
        try {
            CompletableFuture.runAsync(() -> awaitAnnouncement(started))
                    .get(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException silent) {
            started.destroyForcibly();
            throw new IOException("%s did not start; see %s.".formatted(name, folder.resolve(name + ".log")), silent);
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(CHILD_FLAGS);
        command.addAll(List.of("-cp", whereItsClassesAre(), main.getName(), name, Integer.toString(port)));
        command.addAll(more);
        return command;
    }

    /** The services use the JDK alone, so that their own jar is all that they need. */
    private String whereItsClassesAre() {
        try {
            return Path.of(main.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void awaitAnnouncement(Process started) {
        // The reader is left open: closing it would break the pipe of a process that goes on.
        BufferedReader reader = new BufferedReader(new InputStreamReader(started.getInputStream(), UTF_8));
        try {
            String line = reader.readLine();
            if (line == null || !line.equals(ANNOUNCEMENT + port)) {
                throw new IllegalStateException(name + " said '" + line + "' where it should have said its port.");
            }
        } catch (IOException ended) {
            throw new UncheckedIOException(ended);
        }
    }

    /** SIGKILL, as {@code kill -9} sends it, and waits until it has ended. */
    synchronized void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    @Override
    public void close() {
        try {
            kill();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
