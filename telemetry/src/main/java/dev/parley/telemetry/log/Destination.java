package dev.parley.telemetry.log;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Where lines go. */
public sealed interface Destination {
    /** The process's standard output. */
    record Stdout() implements Destination {
        @Override
        public String toString() {
            return "stdout";
        }
    }

    /** The process's standard error. */
    record Stderr() implements Destination {
        @Override
        public String toString() {
            return "stderr";
        }
    }

    /** A file that is appended to. It is made with mode 0600, because targets and addresses are private. */
    record AppendedFile(Path path) implements Destination {
        @Override
        public String toString() {
            return path.toString();
        }
    }

    /** Reads the setting: {@code stdout}, {@code stderr} or a path. */
    static Destination of(String text) {
        return switch (text) {
            case "stdout" -> new Stdout();
            case "stderr" -> new Stderr();
            default -> new AppendedFile(Path.of(text));
        };
    }

    /** Whether opening it may block: a FIFO waits for its reader. That may hold up the writer, but not the start. */
    default boolean mayWaitForReader() {
        return this instanceof AppendedFile file && Files.exists(file.path()) && !Files.isRegularFile(file.path());
    }

    /** Opens it for appending. A FIFO makes this wait for its reader. */
    default FileChannel open() throws IOException {
        return switch (this) {
            case Stdout stdout -> new FileOutputStream(FileDescriptor.out).getChannel();
            case Stderr stderr -> new FileOutputStream(FileDescriptor.err).getChannel();
            case AppendedFile file ->
                FileChannel.open(
                        file.path(),
                        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
                        ownerOnly());
        };
    }

    private static FileAttribute<?>[] ownerOnly() {
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        };
    }
}
