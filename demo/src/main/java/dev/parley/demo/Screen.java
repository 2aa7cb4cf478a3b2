package dev.parley.demo;

import dev.parley.cli.terminal.FullScreen;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Where the demo shows itself: a terminal that it has taken over, or, where there is none, lines that are added. */
final class Screen implements AutoCloseable {
    /** How often a line is added where there is no terminal; a log of the demo stays short. */
    private static final Duration PLAIN_PAUSE = Duration.ofSeconds(2);

    private static final Duration KEY_POLL = Duration.ofMillis(1);

    private final PrintWriter out;
    private final Optional<FullScreen> terminal;
    private long nextPlainNs = System.nanoTime();

    Screen(PrintWriter out, Optional<FullScreen> terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Shows the whole picture, or adds its one line where there is no terminal and one is due. */
    void show(Supplier<List<String>> picture, Supplier<String> line) {
        if (terminal.isPresent()) {
            terminal.get().paint(picture.get());
        } else if (System.nanoTime() - nextPlainNs >= 0) {
            nextPlainNs += PLAIN_PAUSE.toNanos();
            out.println(line.get());
            out.flush();
        }
    }

    /** Adds a line about something that has just happened; a terminal shows it in the picture instead. */
    void event(String text) {
        if (terminal.isEmpty()) {
            out.println("       " + text);
            out.flush();
        }
    }

    /** The next key that was typed, if any. */
    Optional<String> key() {
        return terminal.flatMap(screen -> screen.key(KEY_POLL));
    }

    /** How large the terminal is. */
    FullScreen.Size size() {
        return terminal.map(FullScreen::size).orElse(new FullScreen.Size(80, 24));
    }

    @Override
    public void close() {
        terminal.ifPresent(FullScreen::close);
    }
}
