package dev.parley.cli.terminal;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The keyboard of a terminal, without waiting for the return key, and how large the terminal is. */
final class Keys implements AutoCloseable {
    /** What follows an escape comes with it, from a terminal nearby; a key Escape comes alone. */
    private static final long SEQUENCE_MS = 20;

    private static final int ESCAPE = 0x1b;
    private static final int LONGEST_SEQUENCE = 8;

    /** What a terminal is asked for its size by is a process, so that it is not asked each time. */
    private static final long SIZE_HOLDS_NS = Duration.ofSeconds(1).toNanos();

    /** The sequences of xterm and what is like it, behind the escape (ECMA-48, and terminfo's kcuu1 and so on). */
    private static final Map<String, String> SEQUENCES = Map.ofEntries(
            Map.entry("[A", "up"),
            Map.entry("OA", "up"),
            Map.entry("[B", "down"),
            Map.entry("OB", "down"),
            Map.entry("[5~", "page-up"),
            Map.entry("[6~", "page-down"),
            Map.entry("[H", "home"),
            Map.entry("OH", "home"),
            Map.entry("[1~", "home"),
            Map.entry("[F", "end"),
            Map.entry("OF", "end"),
            Map.entry("[4~", "end"));

    // Held here, as a logger that nothing refers to forgets its level.
    private static final Logger JLINE = Logger.getLogger("org.jline");

    private final Terminal terminal;
    private final Attributes before;
    private FullScreen.Size size = new FullScreen.Size(80, 24);
    private long sizeAtNs = System.nanoTime() - SIZE_HOLDS_NS;

    private Keys(Terminal terminal) {
        this.terminal = terminal;
        this.before = terminal.enterRawMode();
        // JLine's raw mode takes Ctrl-C for a key like any other.
        Attributes raw = terminal.getAttributes();
        raw.setLocalFlag(Attributes.LocalFlag.ISIG, true);
        terminal.setAttributes(raw);
    }

    /**
     * Takes the terminal over until it is closed. Ctrl-C still is SIGINT. Empty where JLine cannot drive the terminal, as
     * on a system without stty: a command then is one without keys.
     */
    static Optional<Keys> open() {
        JLINE.setLevel(Level.OFF);
        try {
            return Optional.of(new Keys(terminal()));
        } catch (IOException | IllegalStateException notDriven) {
            return Optional.empty();
        }
    }

    private static Terminal terminal() throws IOException {
        return TerminalBuilder.builder()
                .system(true)
                .dumb(false)
                .exec(true)
                .jni(false)
                .ffm(false)
                .nativeSignals(false)
                .build();
    }

    /**
     * The next key that was typed within so long, if any. It is polled: a thread that waited in a read without end would hold
     * the lock that closing the terminal needs.
     */
    Optional<String> next(Duration wait) {
        try {
            int key = terminal.reader().read(Math.max(1, wait.toMillis()));
            return switch (key) {
                case ESCAPE -> Optional.of(sequence());
                case '\r', '\n' -> Optional.of("enter");
                case 0x7f, '\b' -> Optional.of("backspace");
                default -> key < ' ' ? Optional.empty() : Optional.of(Character.toString(key));
            };
        } catch (IOException closed) {
            return Optional.empty();
        }
    }

    private String sequence() throws IOException {
        StringBuilder typed = new StringBuilder();
        for (int key = terminal.reader().read(SEQUENCE_MS);
                key >= ' ' && typed.length() < LONGEST_SEQUENCE;
                key = terminal.reader().read(SEQUENCE_MS)) {
            typed.append((char) key);
            if (typed.length() > 1 && (Character.isLetter(key) || key == '~')) {
                break;
            }
        }
        return SEQUENCES.getOrDefault(typed.toString(), typed.isEmpty() ? "escape" : "unknown");
    }

    /** How large the terminal was within the last second. */
    FullScreen.Size size() {
        if (System.nanoTime() - sizeAtNs >= SIZE_HOLDS_NS) {
            Size now = terminal.getSize();
            size = new FullScreen.Size(
                    now.getColumns() > 0 ? now.getColumns() : 80, now.getRows() > 0 ? now.getRows() : 24);
            sizeAtNs = System.nanoTime();
        }
        return size;
    }

    @Override
    public void close() {
        terminal.setAttributes(before);
        try {
            terminal.close();
        } catch (IOException alreadyGone) {
            // Then nobody looks at it.
        }
    }
}
