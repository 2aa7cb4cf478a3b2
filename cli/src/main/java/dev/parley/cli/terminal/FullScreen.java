package dev.parley.cli.terminal;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A terminal that is painted over and over, with the keys that it takes. For one thread. */
public final class FullScreen implements AutoCloseable {
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_SCREEN = "\u001b[2J";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";
    private static final String HIDE_CURSOR = "\u001b[?25l";
    private static final String SHOW_CURSOR = "\u001b[?25h";
    /** A screen of its own: what was on the terminal before is there again afterwards. */
    private static final String OWN_SCREEN = "\u001b[?1049h";

    private static final String FORMER_SCREEN = "\u001b[?1049l";
    /** What is wider than the terminal is cut: a line that went on in the next one would push the picture apart. */
    private static final String CUT_LINES = "\u001b[?7l";

    private static final String WRAP_LINES = "\u001b[?7h";

    private final PrintWriter out;
    private final Keys keys;

    private FullScreen(PrintWriter out, Keys keys) {
        this.out = out;
        this.keys = keys;
        out.print(OWN_SCREEN + HIDE_CURSOR + CUT_LINES + CLEAR_SCREEN);
        out.flush();
    }

    /** Characters in a line, and lines. */
    public record Size(int width, int height) {}

    /** Whether standard output is a terminal that can be painted. */
    public static boolean possible() {
        // Some releases of Java have a console that is no terminal, others have none then.
        boolean terminal =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        return terminal && !"dumb".equals(System.getenv("TERM"));
    }

    /** Takes the terminal over until it is closed; empty where that is not possible. */
    public static Optional<FullScreen> open(PrintWriter out) {
        return Keys.open().map(keys -> new FullScreen(out, keys));
    }

    /** How large the terminal is now; a user may change that at any time. */
    public Size size() {
        return keys.size();
    }

    /** Paints the lines from the top, as many as there is room for, and clears what is below. */
    public void paint(List<String> lines) {
        int height = Math.min(lines.size(), size().height());
        StringBuilder picture = new StringBuilder(HOME);
        for (int line = 0; line < height; line++) {
            picture.append(line == 0 ? "" : "\r\n").append(lines.get(line)).append(CLEAR_LINE);
        }
        if (height < size().height()) {
            picture.append("\r\n").append(CLEAR_BELOW);
        }
        out.print(picture);
        out.flush();
    }

    /**
     * The next key that was typed, if any comes within so long: a character, or what it is called: {@code up}, {@code down},
     * {@code page-up}, {@code page-down}, {@code home}, {@code end}, {@code enter}, {@code escape}, {@code backspace}.
     */
    public Optional<String> key(Duration wait) {
        return keys.next(wait);
    }

    @Override
    public void close() {
        out.print(CLEAR_SCREEN + WRAP_LINES + SHOW_CURSOR + FORMER_SCREEN);
        out.flush();
        keys.close();
    }
}
