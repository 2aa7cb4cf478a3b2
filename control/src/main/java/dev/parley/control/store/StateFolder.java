package dev.parley.control.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * The folder for state while one Parley has it. The lock is the operating system's: it goes with the process, however that ends, so that
 * nothing stale is ever left to clear away. Over NFS it is as good as the server's locks are.
 */
final class StateFolder implements AutoCloseable {
    private static final String LOCK = "lock";

    private final Path path;
    private final FileChannel channel;
    private final FileLock lock;

    private StateFolder(Path path, FileChannel channel, FileLock lock) {
        this.path = path;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Makes the folder with mode 0700 where it is not there, and takes it.
     *
     * @throws UnusableStoreException where it cannot be made or written, or another process has it
     */
    static StateFolder take(Path path) throws UnusableStoreException {
        make(path);
        try {
            FileChannel channel = open(path.resolve(LOCK));
            FileLock lock = tryLock(channel);
            if (lock == null) {
                String holder = text(channel);
                channel.close();
                throw new UnusableStoreException(
                        "Another Parley%s uses the state folder %s. What is in it belongs to one process, lest two execute one key."
                                        .formatted(holder.isEmpty() ? "" : " (process " + holder + ")", path)
                                + " Stop that one, or give each its own folder (state).");
            }
            sign(channel);
            return new StateFolder(path, channel, lock);
        } catch (IOException unwritable) {
            throw new UnusableStoreException(
                    "The state folder %s cannot be written: %s. Let Parley write there, or change state."
                            .formatted(path, unwritable),
                    unwritable);
        }
    }

    private static void make(Path path) throws UnusableStoreException {
        try {
            if (!Files.isDirectory(path)) {
                Path parent = path.toAbsolutePath().getParent();
                if (parent != null) {
                    Files.createDirectories(parent);
                }
                Files.createDirectory(path, mode(path, "rwx------"));
                sync(parent);
            }
        } catch (IOException impossible) {
            throw new UnusableStoreException(
                    "The state folder %s cannot be made: %s. Make it and let Parley write there, or change state."
                            .formatted(path, impossible),
                    impossible);
        }
    }

    /** A folder that was made is there after a loss of power once the one above it is on the disk; SQLite sees to the files in it. */
    private static void sync(@Nullable Path folder) throws IOException {
        if (folder == null
                || !folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        try (FileChannel above = FileChannel.open(folder, StandardOpenOption.READ)) {
            above.force(true);
        }
    }

    private static FileChannel open(Path file) throws IOException {
        createPrivate(file);
        return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** Makes an empty file with mode 0600 where there is none. */
    static void createPrivate(Path file) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            Files.createFile(file, mode(file, "rw-------"));
        } catch (FileAlreadyExistsException raced) {
            // Whoever made it has the lock, or will wait for ours.
        }
    }

    private static FileAttribute<?>[] mode(Path path, String permissions) {
        boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException sameProcess) {
            return null;
        }
    }

    /** Says whose the lock is, as far as there is room for that on the disk. */
    private static void sign(FileChannel channel) {
        try {
            channel.truncate(0);
            channel.write(StandardCharsets.US_ASCII.encode(
                    Long.toString(ProcessHandle.current().pid())));
        } catch (IOException full) {
            // The lock holds without a word.
        }
    }

    private static String text(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(32);
        channel.read(bytes, 0);
        return StandardCharsets.US_ASCII.decode(bytes.flip()).toString().strip();
    }

    /** A file in the folder. */
    Path file(String name) {
        return path.resolve(name);
    }

    @Override
    public void close() {
        try {
            lock.release();
            channel.close();
        } catch (IOException ended) {
            // The lock goes with the process at the latest.
        }
    }
}
