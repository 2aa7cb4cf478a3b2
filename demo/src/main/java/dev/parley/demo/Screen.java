package dev.parley.demo;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Where the demo shows itself: a terminal that is painted over and over with the keys that it takes, or, where there is
 * none, lines that are added.
 */
final class Screen implements AutoCloseable {
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_SCREEN = "\u001b[2J";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";
    private static final String HIDE_CURSOR = "\u001b[?25l";
    private static final String SHOW_CURSOR = "\u001b[?25h";
    /** What is wider than the terminal is cut: a line that went on in the next one would push the picture apart. */
    private static final String CUT_LINES = "\u001b[?7l";

    private static final String WRAP_LINES = "\u001b[?7h";

    /** How often a line is added where there is no terminal; a log of the demo stays short. */
    private static final Duration PLAIN_PAUSE = Duration.ofSeconds(2);

    private final PrintWriter out;
    private final Optional<Keys> keys;
    private long nextPlainNs = System.nanoTime();

    Screen(PrintWriter out, Optional<Keys> keys) {
        this.out = out;
        this.keys = keys;
        if (keys.isPresent()) {
            out.print(HIDE_CURSOR + CUT_LINES + CLEAR_SCREEN);
        }
    }

    /** Shows the whole picture, or adds its one line where there is no terminal and one is due. */
    void show(List<String> picture, String line) {
        if (keys.isPresent()) {
            out.print(HOME);
            picture.stream().limit(keys.get().height() - 1L).forEach(text -> out.print(text + CLEAR_LINE + "\r\n"));
            out.print(CLEAR_BELOW);
        } else if (System.nanoTime() - nextPlainNs >= 0) {
            nextPlainNs += PLAIN_PAUSE.toNanos();
            out.println(line);
        }
        out.flush();
    }

    /** Adds a line about something that has just happened; a terminal shows it in the picture instead. */
    void event(String text) {
        if (keys.isEmpty()) {
            out.println("       " + text);
            out.flush();
        }
    }

    /** The next key that was typed, if any. */
    Optional<Character> key() {
        return keys.flatMap(Keys::next);
    }

    @Override
    public void close() {
        keys.ifPresent(all -> {
            out.print(HOME + CLEAR_SCREEN + WRAP_LINES + SHOW_CURSOR);
            out.flush();
            all.close();
        });
    }
}
