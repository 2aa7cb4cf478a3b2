package dev.parley.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** What an {@link Origin} does with one request: acts, one after the other. Built by chaining; each call is a new value. */
public record Answer(List<Act> acts) {
    public Answer {
        acts = List.copyOf(acts);
    }

    /** One thing that an origin does. */
    public sealed interface Act {
        /** Sends these bytes, as ISO 8859-1, in one write. */
        record Send(String text) implements Act {}

        /** Waits until a test lets it go on. */
        record Await(CountDownLatch latch) implements Act {}

        /** Closes the connection in order (FIN). */
        record Close() implements Act {}

        /** Breaks the connection (RST). */
        record Reset() implements Act {}

        /** Reads on and says nothing, until the peer or the test ends it. */
        record Never() implements Act {}
    }

    /** Exactly these bytes, in ISO 8859-1. */
    public static Answer bytes(String text) {
        return new Answer(List.of()).thenBytes(text);
    }

    /** 200 with a body of this text. */
    public static Answer ok(String body) {
        return status(200, body);
    }

    /** A status with a body of this text. */
    public static Answer status(int status, String body) {
        byte[] bytes = body.getBytes(UTF_8);
        return bytes("HTTP/1.1 %d Scripted\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(status, bytes.length, new String(bytes, ISO_8859_1)));
    }

    /** Nothing, ever. */
    public static Answer never() {
        return new Answer(List.of(new Act.Never()));
    }

    /** Nothing until the latch opens. */
    public static Answer after(CountDownLatch latch) {
        return new Answer(List.of(new Act.Await(latch)));
    }

    public Answer thenBytes(String text) {
        return then(new Act.Send(text));
    }

    public Answer thenAwait(CountDownLatch latch) {
        return then(new Act.Await(latch));
    }

    public Answer thenClose() {
        return then(new Act.Close());
    }

    public Answer thenReset() {
        return then(new Act.Reset());
    }

    public Answer thenNever() {
        return then(new Act.Never());
    }

    public Answer then(Answer next) {
        List<Act> both = new ArrayList<>(acts);
        both.addAll(next.acts);
        return new Answer(both);
    }

    private Answer then(Act act) {
        return then(new Answer(List.of(act)));
    }
}
