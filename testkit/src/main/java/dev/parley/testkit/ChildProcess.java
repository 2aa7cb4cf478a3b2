package dev.parley.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A program that a test runs, with its output (both streams together) kept and its life bounded: it is killed when it is
 * closed, when its time is over, and when this JVM ends.
 */
public final class ChildProcess implements AutoCloseable {
    private final Process process;
    private final StringBuilder output = new StringBuilder();
    private final Thread killer;
    private final Thread capture;

    private ChildProcess(Process process, Duration life) {
        this.process = process;
        this.killer = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(killer);
        this.capture = Thread.ofVirtual().start(this::capture);
        Thread.ofVirtual().start(() -> endAfter(life));
    }

    /** Starts a program in a folder, for at most that long. */
    public static ChildProcess start(Path folder, Duration life, List<String> command) throws IOException {
        return new ChildProcess(
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start(),
                life);
    }

    /** Starts a program in the current folder, for at most three times {@link Bounds#WAIT}. */
    public static ChildProcess start(String... command) throws IOException {
        return start(Path.of("."), Bounds.WAIT.multipliedBy(3), List.of(command));
    }

    private void capture() {
        byte[] chunk = new byte[8192];
        try (InputStream in = process.getInputStream()) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                String text = new String(chunk, 0, n, UTF_8);
                synchronized (output) {
                    // What is beyond the bound is still read, so that the program never blocks on a full pipe.
                    if (output.length() < Bounds.KEPT_BYTES) {
                        output.append(text);
                    }
                    output.notifyAll();
                }
            }
        } catch (IOException ended) {
            // The program was killed.
        }
    }

    private void endAfter(Duration life) {
        try {
            if (!process.waitFor(life.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException ended) {
            process.destroyForcibly();
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Its standard input; closing it is the end of file for the program. */
    public OutputStream input() {
        return process.getOutputStream();
    }

    /** What it has written so far. */
    public String output() {
        synchronized (output) {
            return output.toString();
        }
    }

    /** Waits until it has written a text, at most {@link Bounds#WAIT}, and answers all it has written. */
    public String awaitOutput(String text) throws InterruptedException {
        long deadlineNs = System.nanoTime() + Bounds.WAIT.toNanos();
        synchronized (output) {
            while (output.indexOf(text) < 0) {
                long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0) {
                    throw new AssertionError("The program did not write '%s' within %s; it wrote: %s"
                            .formatted(text, Bounds.WAIT, output));
                }
                output.wait(leftMs);
            }
            return output.toString();
        }
    }

    /** Waits for its end, at most {@link Bounds#WAIT}, and answers its exit code. */
    public int awaitExit() throws InterruptedException, TimeoutException {
        if (!process.waitFor(Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new TimeoutException(
                    "The program still runs after %s; it wrote: %s".formatted(Bounds.WAIT, output()));
        }
        // What it wrote last may still be in the pipe; a child of its own that holds the pipe open is not waited for.
        capture.join(Duration.ofSeconds(1));
        return process.exitValue();
    }

    /** SIGKILL: the program gets no chance to clean up. */
    public void kill9() {
        process.destroyForcibly();
    }

    /** SIGTERM. Through the handle, for the process itself would close what it writes to as well. */
    public void terminate() {
        process.toHandle().destroy();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS);
            Runtime.getRuntime().removeShutdownHook(killer);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException alreadyShuttingDown) {
            // Then the hook does its work.
        }
    }
}
