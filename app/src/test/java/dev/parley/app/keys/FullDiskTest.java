package dev.parley.app.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk of 2 MiB that fills up while Parley serves. Needs the right to mount one. */
class FullDiskTest {
    @TempDir
    private Path folder;

    private final AtomicInteger executions = new AtomicInteger();
    private Origin origin;

    @BeforeEach
    void start() throws Exception {
        Assumptions.assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=2m", "none", folder.toString()) == 0,
                "needs the right to mount");
        origin = Origin.start(request -> {
            executions.incrementAndGet();
            return Answer.ok("x".repeat(200_000));
        });
    }

    @AfterEach
    void stop() throws Exception {
        if (origin != null) {
            origin.close();
            run("umount", "-l", folder.toString());
        }
    }

    private static int run(String... command) throws IOException, InterruptedException, TimeoutException {
        try (ChildProcess process = ChildProcess.start(command)) {
            return process.awaitExit();
        }
    }

    private static void fill(Path file) throws IOException {
        try (FileChannel filler = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            while (true) {
                filler.write(ByteBuffer.allocate(4096));
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    @Test
    void harmsRequestsWithNewKeysAlone() throws Exception {
        try (KeyedParley parley = KeyedParley.before(folder, origin.endpoint(), "retries: 0", "unknown: refuse");
                RawClient plain = RawClient.connect(parley.port())) {
            assertThat(parley.post("before", "10 EUR").status()).isEqualTo(200);
            Path filler = folder.resolve("filler");
            fill(filler);

            // Small records find room in pages that are there; an answer does not, and its client has it all the same.
            Reply refused = untilRefused(parley);
            assertThat(refused.body()).contains("idempotency-store-unavailable");
            int executed = executions.get();
            assertThat(parley.post("later", "10 EUR").status()).isIn(200, 503);
            assertThat(parley.post("before", "10 EUR").value("Idempotent-Replayed"))
                    .isEqualTo("true");
            plain.send("POST /pay HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
            assertThat(plain.readReply().status()).isEqualTo(200);
            assertThat(executions.get()).isBetween(executed + 1, executed + 2);

            Files.delete(filler);
            await().atMost(Bounds.WAIT)
                    .until(() -> parley.post("after", "10 EUR").status() == 200);
            assertThat(parley.post("after", "10 EUR").value("Idempotent-Replayed"))
                    .isEqualTo("true");
        }
    }

    private static Reply untilRefused(KeyedParley parley) throws IOException {
        for (int i = 0; i < 500; i++) {
            Reply reply = parley.post("new-" + i, "10 EUR");
            if (reply.status() == 503) {
                return reply;
            }
            assertThat(reply.status()).isEqualTo(200);
        }
        throw new AssertionError("a full disk took 500 keys");
    }
}
