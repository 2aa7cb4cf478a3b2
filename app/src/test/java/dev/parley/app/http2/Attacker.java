package dev.parley.app.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Bounds;
import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Message;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** A client that sends the same thing over and over for as long as it is let, and others that must be served meanwhile. */
final class Attacker {
    /** What a flood sends at most. */
    static final int MOST_FRAMES = 100_000;

    private static final int FRAMES_A_WRITE = 64;

    private final Front front;
    /** The PING that follows a flood: once it is answered, all of the flood has been dealt with. */
    private static final Frame LAST = Frame.ping(Frame.NONE, Long.MIN_VALUE);

    private final AtomicReference<Frame> goAway = new AtomicReference<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicBoolean over = new AtomicBoolean();

    Attacker(Front front) {
        this.front = front;
    }

    /** The bytes of the frames that a flood sends as its n-th. */
    @FunctionalInterface
    interface Flood {
        Frame[] frames(int n);
    }

    /** What has to happen before a flood, on its connection. */
    @FunctionalInterface
    interface Beginning {
        void on(Http2Client client) throws IOException;
    }

    /**
     * What became of a flood.
     *
     * @param ended whether the connection was ended before all of the flood had been dealt with
     * @param goAway the reason that was given, unless it was lost with what had not been read
     */
    record Outcome(boolean ended, Optional<Frame> goAway) {}

    /** Sends a flood and reads what comes. */
    Outcome flood(int times, Beginning beginning, Flood flood) throws IOException {
        try (Http2Client client = front.http2()) {
            beginning.on(client);
            Thread reader = Thread.ofVirtual().start(() -> read(client));
            Thread writer = Thread.ofVirtual().start(() -> write(client, times, flood));
            while (!over.get()) {
                serveAnother();
            }
            boolean byServer = ended.get();
            client.abort();
            writer.join(Bounds.WAIT);
            reader.join(Bounds.WAIT);
            assertThat(writer.isAlive() || reader.isAlive()).isFalse();
            return new Outcome(byServer, Optional.ofNullable(goAway.get()));
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** Sends a flood and reads nothing; the connection is broken once that stands still or has ended. */
    void floodUnread(int times, Beginning beginning, Flood flood) throws IOException {
        try (Http2Client client = front.http2()) {
            beginning.on(client);
            Thread writer = Thread.ofVirtual().start(() -> write(client, times, flood));
            for (int i = 0; i < 200; i++) {
                serveAnother();
            }
            client.abort();
            writer.join(Bounds.WAIT);
            assertThat(writer.isAlive()).isFalse();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private void read(Http2Client client) {
        try {
            while (true) {
                Frame frame = client.read();
                if (frame.type() == Frame.GOAWAY && frame.errorCode() != ErrorCode.NO_ERROR) {
                    goAway.set(frame);
                }
                if (frame.isAck() && java.util.Arrays.equals(frame.payload(), LAST.payload())) {
                    over.set(true);
                }
                // Nothing is kept of what an attacker is told.
                client.forget(frame.stream());
            }
        } catch (IOException end) {
            ended.set(true);
            over.set(true);
        }
    }

    private void write(Http2Client client, int times, Flood flood) {
        try {
            for (int n = 0; n < times && !over.get(); ) {
                java.io.ByteArrayOutputStream batch = new java.io.ByteArrayOutputStream();
                for (int to = Math.min(times, n + FRAMES_A_WRITE); n < to; n++) {
                    for (Frame frame : flood.frames(n)) {
                        batch.writeBytes(frame.bytes());
                    }
                }
                client.sendRaw(batch.toByteArray());
            }
            client.send(LAST);
        } catch (IOException end) {
            // The connection was ended, as the reader sees as well.
        }
    }

    /** Another client's request, on a connection of its own, is answered. */
    void serveAnother() throws IOException {
        try (Http2Client another = front.http2()) {
            Message response = another.exchange(1, "/other");
            assertThat(response.status()).as(response::body).isEqualTo(200);
        }
    }
}
