package dev.parley.config;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Notices when a configuration changes, and reads it again.
 *
 * <p>The system's notifications only say when to look; what counts is the content. So it does not matter how a change
 * comes about: written in place, renamed over, a symbolic link swapped as Kubernetes does with a ConfigMap, or deleted
 * and made anew. A change is taken when two looks {@link #SETTLE} apart find the same, so that a file which is being
 * written is left alone; and a look is taken every {@link #LOOK} even if nothing was heard, because network file systems
 * do not tell, and notifications can run out.
 */
public final class ConfigWatcher implements AutoCloseable {
    private static final Duration SETTLE = Duration.ofMillis(50);
    private static final Duration LOOK = Duration.ofSeconds(5);

    /** Ten seconds: a file that is written to for longer is looked at again after {@link #LOOK}. */
    private static final int MOST_LOOKS = 200;

    private final ConfigReader reader;
    private final Path watched;
    private final Consumer<Loaded> changed;
    private final Duration settle;
    private final Optional<WatchService> notifications;
    private final Semaphore wake = new Semaphore(0);
    private final AtomicBoolean poked = new AtomicBoolean();
    private final Thread thread;
    private volatile boolean closed;

    /** Known to the watcher's thread only. */
    private String taken;

    private record Look(Sources sources, Findings findings) {}

    private ConfigWatcher(ConfigReader reader, Path watched, String served, Consumer<Loaded> changed, Duration settle) {
        this.settle = settle;
        this.reader = reader;
        this.watched = watched;
        this.taken = served;
        this.changed = changed;
        this.notifications = notifications();
        this.thread = Thread.ofPlatform().name("config-watcher").daemon().unstarted(this::run);
    }

    /**
     * Begins to watch, with a first look at once.
     *
     * @param fileOrFolder as it was given to {@link ConfigReader#read}; it need not exist
     * @param served the digest of what is being served, empty if nothing is
     * @param changed told on the watcher's thread, and never twice at a time; it should not block for long
     */
    public static ConfigWatcher watch(ConfigReader reader, Path fileOrFolder, String served, Consumer<Loaded> changed) {
        return watch(reader, fileOrFolder, served, changed, SETTLE);
    }

    static ConfigWatcher watch(
            ConfigReader reader, Path fileOrFolder, String served, Consumer<Loaded> changed, Duration settle) {
        ConfigWatcher watcher = new ConfigWatcher(reader, fileOrFolder, served, changed, settle);
        watcher.notifications.ifPresent(
                service -> Thread.ofVirtual().name("config-notifications").start(() -> watcher.listen(service)));
        watcher.thread.start();
        return watcher;
    }

    /** Reads again and tells what came of it, whether or not anything changed; for SIGHUP. Returns at once. */
    public void poke() {
        poked.set(true);
        wake.release();
    }

    /** Stops, and waits for a call to {@code changed} that is going on. */
    @Override
    public void close() {
        closed = true;
        wake.release();
        notifications.ifPresent(ConfigWatcher::closeQuietly);
        if (!Thread.currentThread().equals(thread)) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        while (!closed) {
            register();
            look();
            try {
                wake.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                return;
            }
            wake.drainPermits();
        }
    }

    private void look() {
        boolean always = poked.getAndSet(false);
        Look look = read();
        for (int looks = 0; !closed && (always || !look.sources.digest().equals(taken)); looks++) {
            pause();
            Look again = read();
            if (again.sources.digest().equals(look.sources.digest())) {
                taken = again.sources.digest();
                tell(reader.load(again.sources, again.findings));
                return;
            }
            if (looks == MOST_LOOKS) {
                poked.compareAndSet(false, always);
                return;
            }
            look = again;
        }
    }

    private Look read() {
        Findings findings = new Findings();
        return new Look(Sources.read(watched, findings), findings);
    }

    /** A failure of the one who is told must not end the watch. */
    private void tell(Loaded loaded) {
        try {
            changed.accept(loaded);
        } catch (RuntimeException e) {
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }

    private void pause() {
        try {
            Thread.sleep(settle);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void listen(WatchService service) {
        try {
            while (!closed) {
                WatchKey key = service.take();
                key.pollEvents();
                key.reset();
                wake.release();
            }
        } catch (InterruptedException | ClosedWatchServiceException closing) {
            // The watcher is being closed.
        }
    }

    /** Again on each turn, since links may point elsewhere by now, and a folder may have been made anew. */
    private void register() {
        notifications.ifPresent(service -> {
            for (Path folder : folders(watched.toAbsolutePath())) {
                try {
                    folder.register(
                            service,
                            StandardWatchEventKinds.ENTRY_CREATE,
                            StandardWatchEventKinds.ENTRY_MODIFY,
                            StandardWatchEventKinds.ENTRY_DELETE);
                } catch (IOException | ClosedWatchServiceException notNow) {
                    // It may have just been removed; the look that comes anyway finds what is there then.
                }
            }
        });
    }

    /** The folder itself, and that of each symbolic link on the way to the content. */
    private static Set<Path> folders(Path watched) {
        Set<Path> folders = new LinkedHashSet<>();
        Path at = watched;
        // The kernel follows 40 links at most, path_resolution(7).
        for (int links = 0; links < 40; links++) {
            Path parent = at.getParent();
            if (parent != null) {
                folders.add(parent);
            }
            if (!Files.isSymbolicLink(at)) {
                break;
            }
            try {
                at = at.resolveSibling(Files.readSymbolicLink(at)).normalize();
            } catch (IOException gone) {
                break;
            }
        }
        try {
            Path real = watched.toRealPath();
            Path parent = real.getParent();
            if (Files.isDirectory(real)) {
                folders.add(real);
            } else if (parent != null) {
                folders.add(parent);
            }
        } catch (IOException gone) {
            // Its parents are watched for when it comes back.
        }
        folders.removeIf(folder -> !Files.isDirectory(folder));
        return folders;
    }

    /** Nothing where the system has none left to give (inotify's max_user_instances); looking still works. */
    private static Optional<WatchService> notifications() {
        try {
            return Optional.of(FileSystems.getDefault().newWatchService());
        } catch (IOException | UnsupportedOperationException noneLeft) {
            return Optional.empty();
        }
    }

    private static void closeQuietly(WatchService service) {
        try {
            service.close();
        } catch (IOException e) {
            // Nothing depends on it any more.
        }
    }
}
