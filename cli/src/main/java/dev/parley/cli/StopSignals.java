package dev.parley.cli;

import java.io.PrintWriter;
import java.util.concurrent.atomic.AtomicBoolean;

/** What SIGTERM and SIGINT do: the first drains, a second ends the process at once. */
final class StopSignals {
    /** What a shell reports for a process that SIGTERM has ended. */
    private static final int TERMINATED = 143;

    private StopSignals() {}

    /**
     * Listens for the signals from now on. A shutdown hook would not do: the JVM then exits with 143 however well it
     * drained, and is deaf to a second signal.
     */
    static void stop(Running running, PrintWriter err) {
        AtomicBoolean stopping = new AtomicBoolean();
        for (String signal : new String[] {"TERM", "INT"}) {
            Signals.on(signal, () -> {
                if (!stopping.compareAndSet(false, true)) {
                    Runtime.getRuntime().halt(TERMINATED);
                }
                err.println("SIG%s: draining. A second one ends at once.".formatted(signal));
                err.flush();
                Thread.ofVirtual().name("stop").start(() -> drain(running));
            });
        }
    }

    private static void drain(Running running) {
        try {
            running.stop();
        } catch (InterruptedException neverInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
