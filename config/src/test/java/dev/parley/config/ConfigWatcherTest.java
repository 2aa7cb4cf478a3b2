package dev.parley.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ConfigWatcherTest {
    @TempDir
    Path folder;

    private final ConfigReader reader = ConfigReader.create();
    private final List<Loaded> told = new CopyOnWriteArrayList<>();

    private ConfigWatcher watch(Path path) {
        String served = reader.read(path) instanceof Loaded.Accepted accepted ? accepted.digest() : "";
        return ConfigWatcher.watch(reader, path, served, told::add);
    }

    private static String drain(int seconds) {
        return "drain: %ds\n".formatted(seconds);
    }

    private void awaitDrain(int seconds) {
        await().dontCatchUncaughtExceptions()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(told)
                        .last()
                        .isInstanceOfSatisfying(
                                Loaded.Accepted.class,
                                accepted -> assertThat(accepted.configuration().drain())
                                        .isEqualTo(Duration.ofSeconds(seconds))));
    }

    private void awaitTold(int times) {
        await().dontCatchUncaughtExceptions().atMost(Duration.ofSeconds(30)).until(() -> told.size() == times);
    }

    @Test
    void takesAFileThatIsWrittenInPlace() throws IOException {
        Path file = Files.writeString(folder.resolve("edge.yaml"), drain(1));
        try (ConfigWatcher _ = watch(file)) {
            Files.writeString(file, drain(2));
            awaitDrain(2);
            Files.writeString(file, drain(3));
            awaitDrain(3);
        }
    }

    @Test
    void takesAFileThatIsRenamedOver() throws IOException {
        Path file = Files.writeString(folder.resolve("edge.yaml"), drain(1));
        try (ConfigWatcher _ = watch(file)) {
            Path next = Files.writeString(folder.resolve("edge.yaml.tmp"), drain(2));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
            awaitDrain(2);
        }
        assertThat(told).hasSize(1);
    }

    @Test
    void takesAConfigMapWhoseLinkIsSwapped() throws IOException {
        Files.writeString(Files.createDirectory(folder.resolve("..v1")).resolve("edge.yaml"), drain(1));
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..v1"));
        Path file = Files.createSymbolicLink(folder.resolve("edge.yaml"), Path.of("..data/edge.yaml"));
        try (ConfigWatcher _ = watch(file);
                ConfigWatcher _ = watch(folder)) {
            Files.writeString(Files.createDirectory(folder.resolve("..v2")).resolve("edge.yaml"), drain(2));
            Path swap = Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of("..v2"));
            Files.move(swap, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
            awaitTold(2);
            awaitDrain(2);
        }
    }

    @Test
    void tellsOfDeletionAndTakesWhatIsMadeAnew() throws IOException {
        Path file = Files.writeString(folder.resolve("edge.yaml"), drain(1));
        try (ConfigWatcher _ = watch(file)) {
            Files.delete(file);
            awaitTold(1);
            assertThat(told.getFirst()).isInstanceOf(Loaded.Rejected.class);
            Files.writeString(file, drain(2));
            awaitDrain(2);
        }
    }

    @Test
    void takesAFolderThatIsMadeAnew() throws IOException {
        Path parent = Files.createDirectory(folder.resolve("conf"));
        Path file = Files.writeString(parent.resolve("edge.yaml"), drain(1));
        try (ConfigWatcher _ = watch(parent)) {
            Files.delete(file);
            Files.delete(parent);
            Files.createDirectory(parent);
            Files.writeString(file, drain(2));
            awaitDrain(2);
        }
    }

    @Test
    void tellsOfABadFileAndTakesTheMendedOne() throws IOException {
        Path file = Files.writeString(folder.resolve("edge.yaml"), drain(1));
        try (ConfigWatcher _ = watch(file)) {
            Files.writeString(file, "drain: soon\n");
            awaitTold(1);
            assertThat(told.getFirst()).isInstanceOf(Loaded.Rejected.class);
            Files.writeString(file, drain(2));
            awaitDrain(2);
        }
    }

    @Test
    void tellsNothingWhereTheContentIsTheSame() throws IOException {
        Path file = Files.writeString(folder.resolve("edge.yaml"), drain(1));
        try (ConfigWatcher _ = watch(file)) {
            Files.setLastModifiedTime(file, FileTime.fromMillis(0));
            Files.writeString(folder.resolve("other.txt"), "x");
            Path next = Files.writeString(folder.resolve("edge.yaml.tmp"), drain(2));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
            awaitDrain(2);
        }
        assertThat(told).hasSize(1);
    }

    @Test
    void readsAgainWhenPoked() throws IOException {
        Path file = Files.writeString(folder.resolve("edge.yaml"), drain(1));
        try (ConfigWatcher watcher = watch(file)) {
            watcher.poke();
            awaitTold(1);
            watcher.poke();
            awaitTold(2);
        }
    }

    /** Writes follow each other far closer than the settling time, so every state before the last is half a file. */
    @Test
    void leavesAFileAloneWhileItIsBeingWritten() throws IOException {
        Path file = Files.writeString(folder.resolve("edge.yaml"), drain(1));
        String served = ((Loaded.Accepted) reader.read(file)).digest();
        try (ConfigWatcher _ = ConfigWatcher.watch(reader, file, served, told::add, Duration.ofSeconds(2))) {
            Files.writeString(file, "");
            for (int i = 0; i < 1000; i++) {
                Files.writeString(file, "# more\n", StandardOpenOption.APPEND);
            }
            Files.writeString(file, drain(2), StandardOpenOption.APPEND);
            awaitDrain(2);
        }
        assertThat(told).hasSize(1);
    }

    @Test
    void goesOnAfterAFailureOfTheOneWhoIsTold() throws IOException {
        Path file = Files.writeString(folder.resolve("edge.yaml"), drain(1));
        try (ConfigWatcher _ = ConfigWatcher.watch(reader, file, "", loaded -> {
            told.add(loaded);
            if (told.size() == 1) {
                throw new IllegalStateException("a failure that the test wants");
            }
        })) {
            awaitTold(1);
            Files.writeString(file, drain(2));
            awaitDrain(2);
        }
    }
}
