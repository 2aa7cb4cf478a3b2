package dev.parley.control.idempotency;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may execute the request of an idempotency key, durably: a claim is told {@link Claimed.Execute} once the disk has that the key is
 * taken, and {@link Hold#answered} says so once the disk has the answer. In between the record is STARTED. After a crash, a record that is
 * STARTED has an outcome that nobody knows, and is told as such.
 *
 * <p>One thread reads and writes; what came while the disk was busy with a commit goes into the next one, so that many share a sync (group
 * commit). Opened by the first claim or by {@link #open}, whichever is first: where nothing uses keys there is neither thread nor file. Any
 * thread may call anything; what is told comes on the store's thread and must not block.
 *
 * <p>Bounds: {@value #MOST_CLAIMS} claims wait for the disk, beyond which a claim is told {@link Claimed.Unavailable}; {@value
 * KeyWriter#WAITERS_PER_KEY} wait for one key and {@value KeyWriter#WAITERS} for all.
 */
public final class KeyStore implements AutoCloseable {
    static final int MOST_CLAIMS = 4096;
    private static final Logger LOG = LoggerFactory.getLogger(KeyStore.class);
    private static final long CLOSE_MS = 2_000;

    private final ConcurrentLinkedQueue<Command> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger claims = new AtomicInteger();
    private final AtomicBoolean started = new AtomicBoolean();
    private final KeyWriter writer;
    private final Thread thread;
    private volatile boolean closing;

    /** A store in that folder, which is made when it is first needed. */
    public KeyStore(Path folder) {
        this(folder, System::currentTimeMillis, System::nanoTime);
    }

    KeyStore(Path folder, LongSupplier wallMs, LongSupplier nanos) {
        writer = new KeyWriter(folder, new SteadyClock(wallMs, nanos), nanos, this::add);
        thread = Thread.ofPlatform().name("parley-state").daemon().unstarted(this::run);
    }

    /** Opens the file now, so that what is wrong with it is told before the first claim. Returns at once. */
    public void open() {
        if (started.compareAndSet(false, true)) {
            thread.start();
        }
    }

    /** Hands a claim in. Told once, or twice where the first is {@link Claimed.Waiting}. */
    public Ticket claim(Claim claim, Consumer<Claimed> told) {
        Command.Claiming claiming = new Command.Claiming(claim, told, this::add);
        if (closing) {
            told.accept(new Claimed.Unavailable("Parley is stopping."));
        } else if (claims.incrementAndGet() > MOST_CLAIMS) {
            claims.decrementAndGet();
            told.accept(new Claimed.Unavailable(
                    "%d requests wait for the disk already. It is slower than the traffic.".formatted(MOST_CLAIMS)));
        } else {
            open();
            add(claiming);
        }
        return claiming;
    }

    private void add(Command command) {
        queue.add(command);
        LockSupport.unpark(thread);
    }

    private void run() {
        while (!closing || pending()) {
            try {
                turn();
            } catch (RuntimeException defect) {
                // Whom it concerned hears nothing and gives up in time; the others go on.
                LOG.error("a defect in the store of idempotency keys", defect);
            }
        }
        writer.close();
    }

    private void turn() {
        if (pending()) {
            writer.serve(this::next);
        } else {
            LockSupport.parkNanos(this, writer.reclaim());
        }
    }

    private boolean pending() {
        return !queue.isEmpty() || writer.hasDeferred();
    }

    private @Nullable Command next() {
        Command next = queue.poll();
        if (next instanceof Command.Claiming) {
            claims.decrementAndGet();
        }
        return next;
    }

    /** Whether keys can be stored, as far as is known. */
    public boolean available() {
        return writer.unusable().isEmpty();
    }

    /** Why nothing can be stored; empty where it can. */
    public String unusable() {
        return writer.unusable();
    }

    /** How many records each route has. */
    public Map<String, Integer> keys() {
        return writer.keys();
    }

    /** Claims that wait for the disk. */
    public int waiting() {
        return claims.get();
    }

    /** Transactions that wrote, since the start: as many syncs of the disk. */
    public long commits() {
        return writer.commits();
    }

    /** Bytes of the file and its log. */
    public long bytes() {
        return writer.bytes();
    }

    /** Writes what was handed in, giving a disk that stands still two seconds, and leaves the folder. */
    @Override
    public void close() {
        closing = true;
        if (!started.compareAndSet(false, true)) {
            LockSupport.unpark(thread);
            try {
                thread.join(CLOSE_MS);
            } catch (InterruptedException hurry) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
