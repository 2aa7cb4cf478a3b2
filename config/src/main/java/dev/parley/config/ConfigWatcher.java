package dev.parley.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Notices when a configuration changes, or a certificate that it names, and reads it again.
 *
 * <p>It looks at the files' attributes each {@link #LOOK}, and at their content where those changed; what counts is the
 * content. So it does not matter how a change comes about: written in place, renamed over, a symbolic link swapped as
 * Kubernetes does with a ConfigMap, or deleted and made anew. A change is taken when two looks {@link #SETTLE} apart find the
 * same, so that a file which is being written is left alone. The content is read each {@link #READ} all the same, because the
 * attributes of a quick second write can be those of the first. The system's notifications were tried and left: an access
 * log in the same folder makes tens of thousands of them a second, and network file systems make none.
 */
public final class ConfigWatcher implements AutoCloseable {
    private static final Duration SETTLE = Duration.ofMillis(50);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration READ = Duration.ofSeconds(5);

    /** Ten seconds: a file that is written to for longer is looked at again later. */
    private static final int MOST_LOOKS = 200;

    private final ConfigReader reader;
    private final Path watched;
    private final Consumer<Loaded> changed;
    private final Duration settle;
    private final Semaphore wake = new Semaphore(0);
    private final AtomicBoolean poked = new AtomicBoolean();
    private final Thread thread;
    private volatile boolean closed;

    /** Known to the watcher's thread only. */
    private String taken;

    /** The certificates that what was read last names. Known to the watcher's thread only. */
    private References references = References.NONE;

    private record Look(Sources sources, Findings findings, String digest) {}

    private ConfigWatcher(ConfigReader reader, Path watched, String served, Consumer<Loaded> changed, Duration settle) {
        this.settle = settle;
        this.reader = reader;
        this.watched = watched;
        this.taken = served;
        this.changed = changed;
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
        if (!Thread.currentThread().equals(thread)) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        Findings first = new Findings();
        references = reader.load(Sources.read(watched, first), first).references();
        String attributes = "";
        long readNs = 0;
        while (!closed) {
            String now = Sources.attributes(watched) + references.attributes();
            boolean due = System.nanoTime() - readNs >= READ.toNanos();
            if (due || poked.get() || !now.equals(attributes)) {
                attributes = now;
                readNs = System.nanoTime();
                look();
            }
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
        for (int looks = 0; !closed && (always || !look.digest.equals(taken)); looks++) {
            pause();
            Look again = read();
            if (again.digest.equals(look.digest)) {
                ConfigReader.Reading reading = reader.load(again.sources, again.findings);
                taken = reading.digest();
                references = reading.references();
                tell(reading.loaded());
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
        Sources sources = Sources.read(watched, findings);
        return new Look(sources, findings, sources.digest() + references.digest());
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
}
