package dev.parley.demo;

import java.io.IOException;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The keyboard of a terminal, without waiting for the return key, and how large the terminal is. */
final class Keys implements AutoCloseable {
    private static final long POLL_MS = 1;

    // Held here, as a logger that nothing refers to forgets its level.
    private static final Logger JLINE = Logger.getLogger("org.jline");

    private final Terminal terminal;
    private final Attributes before;

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
     * on a system without stty: the demo then is one without keys.
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
     * The next key that was typed, if any. It is polled: a thread that waited in a read would hold the lock that closing
     * the terminal needs.
     */
    Optional<Character> next() {
        try {
            int key = terminal.reader().read(POLL_MS);
            return key < 0 ? Optional.empty() : Optional.of((char) key);
        } catch (IOException closed) {
            return Optional.empty();
        }
    }

    /** Lines that the terminal shows. */
    int height() {
        return terminal.getSize().getRows() > 0 ? terminal.getSize().getRows() : 24;
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
