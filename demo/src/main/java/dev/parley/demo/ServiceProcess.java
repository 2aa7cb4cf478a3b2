package dev.parley.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.wire.http2.Frame;
import java.io.BufferedReader;
import java.io.File;
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

    /** How long after a kill a connection may still be found broken by it, on a busy machine. */
    private static final Duration KILL_ECHO = Duration.ofSeconds(3);

    /** Far beyond what a JVM takes to start, even where nine of them share two busy cores. */
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    /** Small and quick to start: nine of these run beside Parley on what may be a laptop. */
    private static final List<String> CHILD_FLAGS = List.of(
            "-Xms8m",
            "-Xmx48m",
            "-Xss256k",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError");

    private final String name;
    private final String zone;
    private final Class<?> main;
    private final List<String> more;
    private final Path folder;
    private final int port;
    private @Nullable Process process;
    private volatile @Nullable Long hurtNs;
    private volatile boolean frozen;

    /**
     * @param zone the zone that it is in for Parley; empty for none
     * @param main what the process runs; it is given the name, the port and the further arguments
     * @param folder where what it says on standard error goes, to NAME.log
     */
    ServiceProcess(String name, String zone, int port, Class<?> main, Path folder, String... more) {
        this.name = name;
        this.zone = zone;
        this.port = port;
        this.main = main;
        this.folder = folder;
        this.more = List.of(more);
    }

    String name() {
        return name;
    }

    /** The zone that it is in; empty for none. */
    String zone() {
        return zone;
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

    /** The services use the JDK, and one of them Parley's own codec of HTTP/2: two jars are all that they need. */
    private String whereItsClassesAre() {
        String own = whereIs(main);
        String codec = whereIs(Frame.class);
        return own.equals(codec) ? own : own + File.pathSeparator + codec;
    }

    private static String whereIs(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
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
            hurtNs = System.nanoTime();
            frozen = false;
            process.destroyForcibly().waitFor();
        }
    }

    /** Stops it where it stands, as SIGSTOP does: its connections stay open, and nothing answers. */
    synchronized void freeze() throws IOException, InterruptedException {
        frozen = true;
        signal("STOP");
    }

    /** Has it go on where it stood. */
    synchronized void thaw() throws IOException, InterruptedException {
        signal("CONT");
        hurtNs = System.nanoTime();
        frozen = false;
    }

    private void signal(String signal) throws IOException, InterruptedException {
        if (!isAlive()) {
            return;
        }
        int exit = new ProcessBuilder("kill", "-" + signal, Long.toString(pid()))
                .redirectErrorStream(true)
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IOException("kill -%s %d ended with %d".formatted(signal, pid(), exit));
        }
    }

    /** Has it behave so from now on; once it is started again it is normal. Does nothing where it does not run. */
    synchronized void behave(Behaviour behaviour) throws IOException {
        if (process != null && process.isAlive()) {
            process.getOutputStream().write(behaviour.letter());
            process.getOutputStream().flush();
        }
    }

    /** Whether it is frozen, or was killed or frozen in the last seconds, so that what was under way there can be broken by that. */
    boolean hurtLately() {
        Long atNs = hurtNs;
        return frozen || (atNs != null && System.nanoTime() - atNs < KILL_ECHO.toNanos());
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
