package dev.parley.demo;

import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The keyboard of a terminal, without waiting for the return key, and how large the terminal is. */
final class Keys implements AutoCloseable {
    /** Keys that wait to be read; who types ahead of a demo by more loses keys. */
    private static final int AHEAD = 64;

    // Held here, as a logger that nothing refers to forgets its level.
    private static final Logger JLINE = Logger.getLogger("org.jline");

    private final Terminal terminal;
    private final Attributes before;
    private final BlockingQueue<Character> typed = new ArrayBlockingQueue<>(AHEAD);

    private Keys(Terminal terminal) {
        this.terminal = terminal;
        this.before = terminal.enterRawMode();
    }

    /**
     * Takes the terminal over until it is closed. Ctrl-C still is SIGINT.
     *
     * @throws IOException where standard input is no terminal that JLine can drive
     */
    static Keys open() throws IOException {
        JLINE.setLevel(Level.OFF);
        Terminal terminal = TerminalBuilder.builder()
                .system(true)
                .dumb(false)
                .exec(true)
                .jni(false)
                .ffm(false)
                .nativeSignals(false)
                .build();
        Keys keys = new Keys(terminal);
        Thread.ofPlatform().daemon().name("keys").start(keys::read);
        return keys;
    }

    private void read() {
        try {
            for (int key = terminal.reader().read();
                    key >= 0;
                    key = terminal.reader().read()) {
                typed.offer((char) key);
            }
        } catch (IOException closed) {
            // The demo is over.
        }
    }

    /** The keys typed since, in order. */
    BlockingQueue<Character> typed() {
        return typed;
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
