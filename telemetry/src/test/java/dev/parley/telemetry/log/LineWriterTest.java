package dev.parley.telemetry.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineWriterTest {
    private static final long BUFFER = 512 * 1024;

    @TempDir
    Path folder;

    @Test
    void writesEveryLineOfEveryLaneWholeAndInOrder() throws Exception {
        Path file = folder.resolve("access.log");
        int lanes = 3;
        int lines = 30_000;
        List<Thread> loops = new ArrayList<>();
        LineWriter writer = new LineWriter(new Destination.AppendedFile(file), lanes, 64L << 20);
        try (writer) {
            for (int index = 0; index < lanes; index++) {
                int lane = index;
                loops.add(Thread.ofPlatform().start(() -> {
                    for (int line = 0; line < lines; line++) {
                        append(writer.lane(lane), lane + ":" + line + ":" + "x".repeat(line % 200));
                    }
                }));
            }
            for (Thread loop : loops) {
                loop.join();
            }
        }
        assertThat(writer.lost()).isZero();
        assertThat(writer.written()).isEqualTo((long) lanes * lines);
        int[] next = new int[lanes];
        for (String line : Files.readAllLines(file)) {
            String[] parts = line.split(":", -1);
            int lane = Integer.parseInt(parts[0]);
            assertThat(Integer.parseInt(parts[1])).isEqualTo(next[lane]++);
            assertThat(parts[2]).hasSize((next[lane] - 1) % 200);
        }
        assertThat(next).containsOnly(lines);
    }

    @Test
    void writesAQuietLineSoon() throws Exception {
        Path file = folder.resolve("access.log");
        try (LineWriter writer = new LineWriter(new Destination.AppendedFile(file), 1, BUFFER)) {
            append(writer.lane(0), "alone");
            await().until(() -> Files.readString(file).equals("alone\n"));
        }
    }

    @Test
    void appendsToAFileThatOnlyItsOwnerReads() throws Exception {
        Path file = folder.resolve("access.log");
        for (String line : List.of("first", "second")) {
            try (LineWriter writer = new LineWriter(new Destination.AppendedFile(file), 1, BUFFER)) {
                append(writer.lane(0), line);
            }
        }
        assertThat(Files.readAllLines(file)).containsExactly("first", "second");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void failsToStartWhereTheFileCannotBeMade() {
        Path file = folder.resolve("missing/access.log");
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> new LineWriter(new Destination.AppendedFile(file), 1, BUFFER).close());
    }

    @Test
    void goesOnInANewFileAfterRotation() throws Exception {
        Path file = folder.resolve("access.log");
        Path rotated = folder.resolve("access.log.1");
        try (LineWriter writer = new LineWriter(new Destination.AppendedFile(file), 1, BUFFER)) {
            append(writer.lane(0), "old");
            await().until(() -> writer.written() == 1);
            Files.move(file, rotated);
            writer.reopen();
            append(writer.lane(0), "new");
            await().until(() -> Files.exists(file) && Files.readString(file).equals("new\n"));
        }
        assertThat(Files.readString(rotated)).isEqualTo("old\n");
    }

    @Test
    void countsAsLostWhatAFullDiskRefuses() throws Exception {
        LineWriter writer = new LineWriter(new Destination.AppendedFile(Path.of("/dev/full")), 1, BUFFER);
        try (writer) {
            for (int line = 0; line < 100; line++) {
                append(writer.lane(0), "line");
            }
            await().until(() -> writer.lost() == 100);
        }
        assertThat(writer.written()).isZero();
    }

    @Test
    void dropsAndCountsWhileNobodyReadsAndLosesNothingElse() throws Exception {
        Path pipe = pipe();
        LineWriter writer = new LineWriter(new Destination.AppendedFile(pipe), 1, BUFFER);
        Queue<String> received = new ConcurrentLinkedQueue<>();
        int appended = 0;
        try (RandomAccessFile reader = openBothEnds(pipe)) {
            while (writer.lost() < 1_000) {
                append(writer.lane(0), "line " + appended++);
            }
            Thread.ofPlatform().daemon().start(() -> readLines(reader, received));
            writer.close();
            await().until(() -> received.size() == writer.written());
        }
        assertThat(writer.written() + writer.lost()).isEqualTo(appended);
        assertThat(writer.written()).isPositive();
        assertThat(received).allMatch(line -> line.matches("line \\d+"));
    }

    @Test
    void writesAgainOnceTheReaderIsBack() throws Exception {
        Path pipe = pipe();
        try (LineWriter writer = new LineWriter(new Destination.AppendedFile(pipe), 1, BUFFER)) {
            try (RandomAccessFile reader = openBothEnds(pipe)) {
                append(writer.lane(0), "heard");
                assertThat(reader.readLine()).isEqualTo("heard");
            }
            append(writer.lane(0), "unheard");
            await().until(() -> writer.lost() == 1);
            try (RandomAccessFile reader = openBothEnds(pipe)) {
                await().until(() -> {
                    append(writer.lane(0), "again");
                    return writer.written() > 1;
                });
                assertThat(reader.readLine()).isEqualTo("again");
            }
        }
    }

    @Test
    void closesInTimeThoughTheDiskStandsStill() throws Exception {
        LineWriter writer = new LineWriter(new Destination.AppendedFile(pipe()), 1, BUFFER);
        append(writer.lane(0), "never read");
        writer.close();
        assertThat(writer.written()).isZero();
    }

    private Path pipe() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        return pipe;
    }

    /** Holds a FIFO open for reading without waiting for a writer, which only Linux's O_RDWR allows. */
    private static RandomAccessFile openBothEnds(Path pipe) throws IOException {
        return new RandomAccessFile(pipe.toFile(), "rw");
    }

    private static void readLines(RandomAccessFile reader, Queue<String> into) {
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new FileInputStream(reader.getFD()), StandardCharsets.US_ASCII))) {
            lines.lines().forEach(into::add);
        } catch (IOException | UncheckedIOException closed) {
            assertThat(into).isNotEmpty();
        }
    }

    private static void append(LineWriter.Lane lane, String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        byte[] into = lane.reserve(bytes.length);
        if (into != null) {
            System.arraycopy(bytes, 0, into, lane.position(), bytes.length);
            lane.commit(lane.position() + bytes.length);
        }
    }
}
