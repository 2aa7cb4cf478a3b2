package dev.parley.app.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.Main;
import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.Origin;
import dev.parley.testkit.OriginRequest;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The promise of idempotency keys, attacked: Parley is a process that is killed with SIGKILL between every two steps. The endpoint counts
 * what it executes, and lives in this process, so that it remembers.
 */
class CrashTest {
    /** Kills at random times; {@code -Dcrash.rounds} makes it more. */
    private static final int ROUNDS = Integer.getInteger("crash.rounds", 3);

    private static final int CLIENTS = 8;

    @TempDir
    private Path folder;

    /** How often each key was executed. */
    private final Map<String, AtomicInteger> executions = new ConcurrentHashMap<>();

    private Function<OriginRequest, Answer> script = this::paid;
    private Origin origin;
    private int port;
    /** Closed while there is no Parley. */
    private volatile CountDownLatch up = new CountDownLatch(0);

    @BeforeEach
    void start() throws IOException {
        origin = Origin.start(request -> {
            executions
                    .computeIfAbsent(request.value("Idempotency-Key"), key -> new AtomicInteger())
                    .incrementAndGet();
            return script.apply(request);
        });
        port = LiveProxy.freePort();
    }

    @AfterEach
    void stop() throws IOException {
        origin.close();
    }

    private Answer paid(OriginRequest request) {
        String key = request.value("Idempotency-Key");
        return Answer.ok(paid(key, executions(key)));
    }

    private static String paid(String key, int execution) {
        return "paid for " + key + " by execution " + execution;
    }

    private int executions(String key) {
        return executions.getOrDefault(key, new AtomicInteger()).get();
    }

    private ChildProcess parley(String idempotency) throws Exception {
        Path file = Files.writeString(folder.resolve("parley.yaml"), """
                admin: { enabled: false }
                access_log: none
                event_loops: 2
                state: %s
                listeners: { edge: { port: %d } }
                services: { pay: { endpoints: [%s] } }
                routes: { pay: { listener: edge, to: pay, idempotency: { mode: require, %s } } }
                """.formatted(
                        folder.resolve("state"), port, origin.endpoint(), idempotency));
        ChildProcess parley = ChildProcess.start(
                folder,
                Duration.ofMinutes(2),
                List.of(
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
                        file.toString()));
        parley.awaitOutput("Stop with");
        return parley;
    }

    private static void kill(ChildProcess parley) {
        parley.kill9();
        await().atMost(Bounds.WAIT).until(() -> !parley.isAlive());
    }

    private Reply post(String key) throws IOException {
        try (RawClient client = RawClient.connect(port)) {
            return client.send(KeyedParley.request(key, "10 EUR")).readReply();
        }
    }

    private void isExecutedOnce(String key) {
        assertThat(executions(key)).as("executions of " + key).isEqualTo(1);
    }

    @Test
    void killedWhileTheEndpointExecutesItDoesNotExecuteAgain() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        script = request -> Answer.after(held).then(paid(request));
        try (ChildProcess parley = parley("unknown: refuse");
                RawClient client = RawClient.connect(port)) {
            client.send(KeyedParley.request("k", "10 EUR"));
            origin.takeRequest();
            kill(parley);
        }
        held.countDown();
        try (ChildProcess parley = parley("unknown: refuse")) {
            Reply refused = post("k");
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.body()).contains("idempotency-outcome-unknown");
            isExecutedOnce("k");
            assertThat(parley.isAlive()).isTrue();
        }
        try (ChildProcess parley = parley("unknown: execute")) {
            assertThat(post("k").body()).isEqualTo(paid("k", 2));
            assertThat(post("k").value("Idempotent-Replayed")).isEqualTo("true");
            assertThat(executions("k")).isEqualTo(2);
            assertThat(parley.isAlive()).isTrue();
        }
    }

    @Test
    void killedBehindTheAnswerItGivesThatAgain() throws Exception {
        try (ChildProcess parley = parley("unknown: execute")) {
            assertThat(post("k").body()).isEqualTo(paid("k", 1));
            kill(parley);
        }
        try (ChildProcess parley = parley("unknown: execute")) {
            Reply replay = post("k");
            assertThat(replay.body()).isEqualTo(paid("k", 1));
            assertThat(replay.value("Idempotent-Replayed")).isEqualTo("true");
            isExecutedOnce("k");
            assertThat(parley.isAlive()).isTrue();
        }
    }

    @Test
    void killedWhileTheClientIsBeingAnsweredItGivesTheSameAnswer() throws Exception {
        String large = "x".repeat(200_000);
        script = request -> Answer.ok(large);
        try (ChildProcess parley = parley("answer_bytes: 1MiB");
                RawClient client = RawClient.connect(port)) {
            client.send(KeyedParley.request("k", "10 EUR"));
            client.readUntil("\r\n\r\n");
            kill(parley);
        }
        try (ChildProcess parley = parley("answer_bytes: 1MiB")) {
            assertThat(post("k").body()).isEqualTo(large);
            isExecutedOnce("k");
            assertThat(parley.isAlive()).isTrue();
        }
    }

    @Test
    void killedAsTheEndpointAnswersItRepliesOrSaysThatItDoesNotKnow() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            String key = "k" + round;
            try (ChildProcess parley = parley("unknown: refuse");
                    RawClient client = RawClient.connect(port)) {
                client.send(KeyedParley.request(key, "10 EUR"));
                origin.takeRequest();
                // The answer is on its way: to Parley, to the disk, or to the client.
                kill(parley);
            }
            try (ChildProcess parley = parley("unknown: refuse")) {
                Reply after = post(key);
                assertThat(after.status()).isIn(200, 409);
                assertThat(after.body()).containsAnyOf(paid(key, 1), "idempotency-outcome-unknown");
                isExecutedOnce(key);
                assertThat(parley.isAlive()).isTrue();
            }
        }
    }

    /** Clients that do not give up: each takes one key to its end, through however many deaths, and then the next. */
    @Test
    void killedAtAnyTimeItExecutesNoKeyTwiceAndChangesNoAnswer() throws Exception {
        killAtAnyTime("unknown: refuse");

        executions.forEach((key, times) -> assertThat(times).as(key).hasValue(1));
    }

    @Test
    void killedAtAnyTimeItExecutesNoKeyAgainThatAClientWasAnswered() throws Exception {
        killAtAnyTime("unknown: execute");
    }

    private void killAtAnyTime(String idempotency) throws Exception {
        long seed = System.nanoTime();
        Random times = new Random(seed);
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new Client(i));
        }
        ChildProcess parley = parley(idempotency);
        clients.forEach(client -> client.thread.start());
        try {
            for (int round = 0; round < ROUNDS; round++) {
                int before = executed();
                await().atMost(Bounds.WAIT).until(() -> executed() > before + times.nextInt(200));
                up = new CountDownLatch(1);
                parley.kill9();
                parley.close();
                parley = parley(idempotency);
                up.countDown();
            }
            int before = executed();
            await().atMost(Bounds.WAIT).until(() -> executed() > before + CLIENTS);
            for (Client client : clients) {
                client.end();
            }
        } finally {
            parley.close();
        }
        for (Client client : clients) {
            assertThat(client.faults).as("seed %d", seed).isEmpty();
        }
        assertThat(clients.stream().mapToInt(client -> client.answered).sum()).isPositive();
    }

    private int executed() {
        return executions.size();
    }

    private final class Client {
        private final int number;
        private final Thread thread = Thread.ofVirtual().unstarted(this::run);
        private final List<String> faults = new ArrayList<>();
        private volatile boolean ended;
        private int answered;

        Client(int number) {
            this.number = number;
        }

        private void run() {
            for (int i = 0; !ended; i++) {
                String key = "c" + number + "-" + i;
                Reply first = untilAnswered(key);
                if (first != null && first.status() == 200) {
                    answered++;
                    int times = executions(key);
                    Reply again = untilAnswered(key);
                    if (again != null && !again.body().equals(first.body())) {
                        faults.add(key + " was answered " + first + ", and then " + again);
                    }
                    if (executions(key) != times) {
                        faults.add(key + " was executed again after it was answered " + first);
                    }
                }
            }
        }

        /** What a key is answered in the end; null where the test ended before. */
        private @Nullable Reply untilAnswered(String key) {
            while (!ended) {
                try {
                    Reply reply = post(key);
                    boolean known = reply.status() == 200
                            ? reply.body().startsWith("paid for " + key + " ")
                            : reply.status() == 409 && reply.body().contains("idempotency-outcome-unknown");
                    if (known) {
                        return reply;
                    }
                    if (reply.status() != 409 && reply.status() != 503) {
                        faults.add(key + " was answered " + reply);
                    }
                } catch (IOException dead) {
                    awaitUp();
                }
            }
            return null;
        }

        private void awaitUp() {
            try {
                up.await();
            } catch (InterruptedException ending) {
                ended = true;
            }
        }

        void end() throws InterruptedException {
            ended = true;
            assertThat(thread.join(Bounds.WAIT)).isTrue();
        }
    }
}
