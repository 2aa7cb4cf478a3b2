package dev.parley.control.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with disks, folders and files: told, survived, and over when it is over. */
class DiskTest {
    @TempDir
    private Path temporary;

    private final List<KeyStore> opened = new ArrayList<>();
    private boolean mounted;

    private KeyStore open(Path folder) {
        KeyStore store = new KeyStore(folder);
        opened.add(store);
        return store;
    }

    @AfterEach
    void close() throws IOException, InterruptedException {
        opened.forEach(KeyStore::close);
        if (mounted) {
            run("umount", "-l", temporary.toString());
        }
    }

    @Test
    void makesFolderAndFilesForItsUserAlone() throws IOException, InterruptedException {
        Path folder = temporary.resolve("var/state");
        Claimant.of(open(folder), "a").executes();

        assertThat(mode(folder)).isEqualTo("rwx------");
        for (String file : List.of("lock", "parley.db", "parley.db-wal", "parley.db-shm")) {
            assertThat(mode(folder.resolve(file))).as(file).isEqualTo("rw-------");
        }
    }

    @Test
    void makesNothingBeforeItIsNeeded() {
        open(temporary.resolve("state"));

        assertThat(temporary.resolve("state")).doesNotExist();
    }

    @Test
    void saysThatAnotherParleyHasTheFolderAndTakesItWhenThatIsGone() throws InterruptedException {
        KeyStore first = open(temporary.resolve("state"));
        Claimant.answer(Claimant.of(first, "a").executes(), "done");
        KeyStore second = open(temporary.resolve("state"));

        assertThat(Claimant.of(second, "a").next(Claimed.Unavailable.class).why())
                .contains("Another Parley (process " + ProcessHandle.current().pid() + ") uses the state folder");

        first.close();
        Awaitility.await().until(() -> Claimant.of(second, "a").next() instanceof Claimed.Answered);
        assertThat(second.available()).isTrue();
    }

    @Test
    void saysThatAFileIsDamagedAndGoesOnOnceItIsMovedAway() throws IOException, InterruptedException {
        Path folder = temporary.resolve("state");
        KeyStore before = open(folder);
        Claimant.answer(Claimant.of(before, "a").executes(), "done");
        before.close();
        Path file = folder.resolve("parley.db");
        try (FileChannel damaged = FileChannel.open(file, StandardOpenOption.WRITE)) {
            damaged.write(ByteBuffer.wrap("nonsense".repeat(512).getBytes(StandardCharsets.US_ASCII)));
        }
        KeyStore store = open(folder);

        assertThat(Claimant.of(store, "a").next(Claimed.Unavailable.class).why())
                .contains("parley.db is damaged")
                .contains("move it away");

        Files.move(file, folder.resolve("damaged.db"));
        Awaitility.await().until(() -> Claimant.of(store, "a").next() instanceof Claimed.Execute);
    }

    @Test
    void refusesTheFilesOfOtherProgramsAndOfLaterVersions() throws SQLException, InterruptedException, IOException {
        Path other = Files.createDirectory(temporary.resolve("other"));
        sql(other, "CREATE TABLE accounts (id INTEGER)");
        assertThat(Claimant.of(open(other), "a").next(Claimed.Unavailable.class).why())
                .contains("is a database of another program");

        Path later = temporary.resolve("later");
        KeyStore store = open(later);
        Claimant.of(store, "a").executes();
        store.close();
        sql(later, "PRAGMA user_version = 99");
        assertThat(Claimant.of(open(later), "a").next(Claimed.Unavailable.class).why())
                .contains("was written by a later Parley (schema 99");
    }

    @Test
    void saysThatAFolderCannotBeMade() throws IOException, InterruptedException {
        Path file = Files.createFile(temporary.resolve("file"));

        assertThat(Claimant.of(open(file.resolve("state")), "a")
                        .next(Claimed.Unavailable.class)
                        .why())
                .contains("cannot be made");
    }

    @Test
    void survivesADiskThatIsFull() throws IOException, InterruptedException {
        mount("size=2m");
        KeyStore store = open(temporary.resolve("state"));
        Claimant.answer(Claimant.of(store, "before").executes(), "done");
        Hold underWay = Claimant.of(store, "under way").executes();
        Hold abandoned = Claimant.of(store, "not executed").executes();
        Path filler = temporary.resolve("filler");
        fill(filler);

        String large = "x".repeat(200_000);
        assertThat(Claimant.answer(underWay, large)).isFalse();
        abandoned.release();
        assertThat(refusedForRoom(store)).contains("The disk of", "is full");
        assertThat(store.available()).isFalse();
        Claimant.of(store, "before").isAnswered("done");
        Claimant.of(store, "under way").next(Claimed.Unknown.class);

        Files.delete(filler);
        Claimant.answer(Claimant.of(store, "after").executes(), large);
        Claimant.of(store, "after").isAnswered(large);
        Claimant.of(store, "not executed").executes();
        assertThat(store.available()).isTrue();
    }

    /** Claims new keys until one is refused: the first few find room in pages that are there already. */
    private static String refusedForRoom(KeyStore store) throws InterruptedException {
        for (int i = 0; i < 2000; i++) {
            if (Claimant.of(store, "new " + i).next() instanceof Claimed.Unavailable(String why)) {
                return why;
            }
        }
        throw new AssertionError("a full disk took 2000 keys");
    }

    private void mount(String options) throws IOException, InterruptedException {
        mounted = run("mount", "-t", "tmpfs", "-o", options, "none", temporary.toString()) == 0;
        Assumptions.assumeTrue(mounted, "needs the right to mount");
    }

    private static int run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
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

    private static void sql(Path folder, String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("parley.db"));
                Statement made = connection.createStatement()) {
            made.executeUpdate(statement);
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
