package dev.parley.app.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.Main;
import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How HTTP/2 connections end when Parley ends them: told in two steps, and without one request lost (RFC 9113, section 6.8). */
class DrainTest {
    /** The endpoints stay, while no listener leads to them any more. */
    private static String withoutListener(Origin origin) {
        return """
                drain: 10s
                listeners: {}
                services: { s: { endpoints: ["%s"] } }
                routes: {}
                """.formatted(origin.endpoint());
    }

    @Test
    void listenerThatIsRemovedFinishesWhatItTook() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        try (Origin origin = Origin.start(request -> Answer.after(held).then(Answer.ok("late")));
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.get(1, "/");
            origin.takeRequest();
            front.parley().apply(withoutListener(origin));
            Frame first = client.awaitFrame(Frame.GOAWAY);
            assertThat(first.errorCode()).isEqualTo(ErrorCode.NO_ERROR);
            assertThat(first.lastStream()).isGreaterThanOrEqualTo(1);
            held.countDown();
            assertThat(client.response(1).body()).isEqualTo("late");
            client.expectEnd();
        }
    }

    /** Between the two steps there is a round trip, in which what is already on its way is still taken. */
    @Test
    void requestThatCrossesTheFirstGoAwayIsServed() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("served"));
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.exchange(1, "/");
            front.parley().apply(withoutListener(origin));
            // As if it had been sent before the GOAWAY was read.
            client.get(3, "/");
            Frame first = client.awaitFrame(Frame.GOAWAY);
            assertThat(first.lastStream()).isEqualTo(Integer.MAX_VALUE);
            assertThat(client.response(3).body()).isEqualTo("served");
            client.expectEnd();
        }
    }

    @Test
    void streamsBeyondTheLastAreLeftForAnotherConnection() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        try (Origin origin = Origin.start(request -> Answer.after(held).then(Answer.ok("late")));
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.get(1, "/");
            origin.takeRequest();
            front.parley().apply(withoutListener(origin));
            Frame last =
                    client.awaitFrame(frame -> frame.type() == Frame.GOAWAY && frame.lastStream() != Integer.MAX_VALUE);
            assertThat(last.lastStream()).isEqualTo(1);
            client.get(3, "/");
            client.roundTrip();
            held.countDown();
            assertThat(client.response(1).body()).isEqualTo("late");
            client.expectEnd();
            assertThat(client.message(3).hasHead()).isFalse();
            assertThat(origin.waitingRequests()).isZero();
        }
    }

    @Test
    void whatOutlivesTheDrainIsReset() throws Exception {
        try (Origin origin = Origin.answering(Answer.never());
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.get(1, "/");
            origin.takeRequest();
            front.parley().apply(withoutListener(origin).replace("10s", "200ms"));
            client.awaitCut(1);
            client.expectEnd();
            await().atMost(Bounds.WAIT).until(() -> origin.openConnections() == 0);
        }
    }

    @Test
    void endpointThatIsRemovedFinishesWhatItTookAndTheConnectionLivesOn() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        try (Origin old = Origin.start(request -> Answer.after(held).then(Answer.ok("old")));
                Origin fresh = Origin.answering(Answer.ok("fresh"));
                Front front = Front.before(old)) {
            LiveProxy parley = front.parley();
            String configuration = Front.configuration("\"%s\"".formatted(old.endpoint()), "", "", "")
                    .replace("port: 0", "port: " + LiveProxy.freePort());
            parley.apply(configuration);
            try (Http2Client client = Http2Client.connect(parley.port("edge"))) {
                client.get(1, "/");
                old.takeRequest();
                parley.apply(configuration.replace(old.endpoint(), fresh.endpoint()));
                assertThat(client.exchange(3, "/").body()).isEqualTo("fresh");
                held.countDown();
                assertThat(client.response(1).body()).isEqualTo("old");
                assertThat(client.exchange(5, "/").body()).isEqualTo("fresh");
            }
        }
    }

    /** The first signal, with clients that do as RFC 9113 says: what a GOAWAY leaves out, they would send elsewhere. */
    @Test
    void signalLosesNoRequest(@TempDir Path folder) throws Exception {
        int port = LiveProxy.freePort();
        try (Origin origin = Origin.answering(Answer.ok("x"));
                ChildProcess parley = parley(
                        Files.writeString(folder.resolve("parley.yaml"), """
                        admin: { enabled: false }
                        access_log: none
                        drain: 15s
                        listeners: { edge: { port: %d } }
                        services: { s: { endpoints: ["%s"] } }
                        routes: { r: { listener: edge, to: s } }
                        """.formatted(port, origin.endpoint())))) {
            await().atMost(Bounds.WAIT).ignoreExceptions().until(() -> {
                RawClient.connect(port).close();
                return true;
            });
            Queue<String> failures = new ConcurrentLinkedQueue<>();
            AtomicInteger answered = new AtomicInteger();
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                clients.add(Thread.ofVirtual().start(() -> askUntilGoAway(port, answered, failures)));
            }
            await().atMost(Bounds.WAIT).until(() -> answered.get() > 200);
            parley.terminate();
            for (Thread client : clients) {
                assertThat(client.join(Bounds.WAIT)).isTrue();
            }
            assertThat(failures).isEmpty();
            assertThat(parley.awaitExit()).isZero();
        }
    }

    /** Keeps sixteen requests under way until it is told to go, and requires an answer to each that was taken. */
    private static void askUntilGoAway(int port, AtomicInteger answered, Queue<String> failures) {
        try (Http2Client client = Http2Client.connect(port)) {
            int lastTaken = Integer.MAX_VALUE;
            int next = 1;
            int oldest = 1;
            boolean going = false;
            while (oldest < next || !going) {
                while (!going && next - oldest < 32) {
                    client.get(next, "/");
                    next += 2;
                }
                Frame frame = client.read();
                if (frame.type() == Frame.GOAWAY) {
                    going = true;
                    lastTaken = frame.lastStream();
                }
                while (oldest < next && (client.message(oldest).isWhole() || oldest > lastTaken)) {
                    Message message = client.message(oldest);
                    if (message.isWhole() && message.status() != 200) {
                        failures.add(message.toString());
                    }
                    answered.incrementAndGet();
                    oldest += 2;
                }
            }
        } catch (IOException | AssertionError lost) {
            failures.add("a request was taken and not answered: " + lost);
        }
    }

    private static ChildProcess parley(Path configuration) throws Exception {
        ChildProcess parley = ChildProcess.start(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-Dparley.warm-up=off",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "up",
                "-f",
                configuration.toString());
        parley.awaitOutput("Stop with");
        return parley;
    }
}
