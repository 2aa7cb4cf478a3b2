package dev.parley.demo;

import java.io.IOException;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/**
 * What each client of WebSocket and TCP does: opens a connection, has a number of messages sent back on it, and opens
 * the next one, so that an endpoint that returned gets its share again. A connection whose endpoint is killed breaks,
 * as nobody can carry it on elsewhere: it is counted as broken and opened anew, and the message is sent on that one.
 * Where nothing was killed it is a failure.
 *
 * @param hurtLately whether an endpoint's death can be why a connection breaks now
 */
record Conversations(Conversation.Opener opener, Pace pace, Tally tally, BooleanSupplier hurtLately)
        implements Runnable {
    /** Some three seconds at ten a second. */
    private static final int MESSAGES = 30;

    /** Connections that are tried for one message. */
    private static final int ATTEMPTS = 3;

    @Override
    public void run() {
        OptionalLong due = pace.next();
        int attempts = 1;
        while (due.isPresent()) {
            tally.began();
            try (Conversation conversation = opener.open()) {
                for (int sent = 0; sent < MESSAGES && due.isPresent(); sent++) {
                    conversation.exchange();
                    tally.success(System.nanoTime() - due.getAsLong());
                    attempts = 1;
                    due = pace.next();
                }
            } catch (IOException broken) {
                if (attempts < ATTEMPTS && hurtLately.getAsBoolean()) {
                    attempts++;
                    tally.broke();
                } else {
                    attempts = 1;
                    tally.failure(broken.toString());
                    due = pace.next();
                }
            } finally {
                tally.ended();
            }
        }
    }
}
