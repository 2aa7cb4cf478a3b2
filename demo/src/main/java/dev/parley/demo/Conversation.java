package dev.parley.demo;

import java.io.IOException;

/** A connection that lives for many messages, each of which comes back: of WebSocket or of TCP. For one thread. */
interface Conversation extends AutoCloseable {
    /** Sends a message and waits until it has come back; anything else that happens is an exception. */
    void exchange() throws IOException;

    @Override
    void close() throws IOException;

    /** Begins conversations. */
    interface Opener {
        Conversation open() throws IOException;
    }
}
