package dev.parley.control.idempotency;

import dev.parley.control.store.Database;
import dev.parley.control.store.UnusableStoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that writes, one batch after another. A batch has at most one command for each record, so that whatever it decides, it
 * decides by what is committed; its effects in memory are made once the commit has returned, and none where it has failed. Then each of
 * its commands is tried by itself: where only writing fails, as on a full disk, answers that are there are still given.
 */
final class KeyWriter {
    static final int WAITERS_PER_KEY = 16;
    static final int WAITERS = 1024;
    private static final Logger LOG = LoggerFactory.getLogger(KeyWriter.class);
    /** Commands that share one commit. */
    private static final int BATCH = 512;
    /** How long a file that cannot be used is left alone. */
    private static final long REOPEN_NS = TimeUnit.SECONDS.toNanos(1);

    private static final long RECLAIM_NS = TimeUnit.SECONDS.toNanos(1);

    private final Path folder;
    private final SteadyClock clock;
    private final LongSupplier nanos;
    private final KeyDecisions decisions;
    private final List<Command> batch = new ArrayList<>();
    private final Set<KeyId> touched = new HashSet<>();
    private final List<Runnable> effects = new ArrayList<>();
    private @Nullable Command deferred;
    private @Nullable KeyTable table;
    private volatile @Nullable Database database;
    private volatile String unusable = "";
    private final AtomicLong commits = new AtomicLong();
    private long reopenNs;
    private long reclaimNs;

    KeyWriter(Path folder, SteadyClock clock, LongSupplier nanos, Consumer<Command> queue) {
        this.folder = folder;
        this.clock = clock;
        this.nanos = nanos;
        decisions = new KeyDecisions(clock, queue);
        reopenNs = nanos.getAsLong();
        reclaimNs = nanos.getAsLong();
    }

    String unusable() {
        return unusable;
    }

    Map<String, Integer> keys() {
        return Map.copyOf(decisions.counts());
    }

    long commits() {
        return commits.get();
    }

    long bytes() {
        Database open = database;
        return open == null ? 0 : open.bytes();
    }

    /** Opens the file, where it is not open and has not just been found unusable. */
    @Nullable
    KeyTable open() {
        if (table != null || nanos.getAsLong() - reopenNs < 0) {
            return table;
        }
        reopenNs = nanos.getAsLong() + REOPEN_NS;
        Database opened = null;
        try {
            opened = Database.open(folder);
            KeyTable made = new KeyTable(opened.connection());
            clock.startAfter(made.lastMs());
            decisions.counted(made.count());
            database = opened;
            table = made;
            usable();
        } catch (UnusableStoreException cannot) {
            unusable(String.valueOf(cannot.getMessage()));
        } catch (SQLException failure) {
            unusable(opened == null ? failure.toString() : opened.explain(failure));
            if (opened != null) {
                opened.close();
            }
        }
        return table;
    }

    /** Takes a batch of commands and does them. */
    void serve(Supplier<@Nullable Command> next) {
        take(next);
        KeyTable keys = open();
        if (keys == null) {
            batch.forEach(each -> decisions.failed(each, unusable).run());
        } else if (!commit(keys, batch)) {
            for (Command each : batch) {
                KeyTable still = table;
                if (still == null || !commit(still, List.of(each))) {
                    decisions.failed(each, unusable).run();
                }
            }
        }
        if (nanos.getAsLong() - reclaimNs >= 0) {
            reclaim();
        }
    }

    private void take(Supplier<@Nullable Command> next) {
        batch.clear();
        touched.clear();
        Command each = deferred == null ? next.get() : deferred;
        deferred = null;
        while (each != null) {
            if (!touched.add(each.id())) {
                deferred = each;
                return;
            }
            batch.add(each);
            each = batch.size() < BATCH ? next.get() : null;
        }
    }

    /** Whether there is a command that {@link #serve} has put off. */
    boolean hasDeferred() {
        return deferred != null;
    }

    private boolean commit(KeyTable keys, List<Command> commands) {
        effects.clear();
        decisions.begin();
        try {
            requireDatabase().begin();
            for (Command each : commands) {
                effects.add(decisions.decide(each, keys));
            }
            decisions.end(keys);
            requireDatabase().commit();
        } catch (SQLException failure) {
            failed(failure);
            return false;
        }
        if (decisions.wrote()) {
            // A full disk is read without trouble.
            usable();
            commits.incrementAndGet();
        }
        effects.forEach(KeyWriter::run);
        return true;
    }

    private static void run(Runnable effect) {
        try {
            effect.run();
        } catch (RuntimeException defect) {
            LOG.error("a defect in what hears of a key", defect);
        }
    }

    /** After a disk that is full nothing need be opened anew; after anything else the file is, by a fresh connection. */
    private void failed(SQLException failure) {
        Database open = requireDatabase();
        unusable(open.explain(failure));
        if (!Database.full(failure)) {
            close();
            return;
        }
        open.rollback();
        prepareAnew(open);
    }

    /** The driver closes the statement that met a full disk. */
    private void prepareAnew(Database open) {
        try {
            if (table != null) {
                table.close();
            }
            table = new KeyTable(open.connection());
        } catch (SQLException broken) {
            LOG.debug("statements cannot be prepared", broken);
            close();
        }
    }

    /**
     * Deletes a few records whose time is over, and what could not be deleted before.
     *
     * @return for how long there is nothing of the kind to do, in nanoseconds
     */
    long reclaim() {
        long now = nanos.getAsLong();
        if (now - reclaimNs < 0) {
            return reclaimNs - now;
        }
        reclaimNs = now + RECLAIM_NS;
        KeyTable keys = open();
        if (keys == null) {
            return RECLAIM_NS;
        }
        try {
            requireDatabase().begin();
            KeyDecisions.Reclaimed reclaimed = decisions.reclaim(keys);
            requireDatabase().commit();
            reclaimed.effect().run();
            if (reclaimed.more()) {
                reclaimNs = now;
                return 1;
            }
        } catch (SQLException failure) {
            failed(failure);
        }
        return RECLAIM_NS;
    }

    private void usable() {
        if (!unusable.isEmpty()) {
            LOG.info("state usable again folder={}", folder);
            unusable = "";
        }
    }

    private void unusable(String why) {
        if (!why.equals(unusable)) {
            LOG.error("state unusable, requests with idempotency keys are answered 503 reason={}", why);
            unusable = why;
        }
    }

    private Database requireDatabase() {
        Database open = database;
        if (open == null) {
            throw new AssertionError("a table is that of a database");
        }
        return open;
    }

    void close() {
        Database open = database;
        if (table != null) {
            table.close();
            table = null;
        }
        if (open != null) {
            database = null;
            open.close();
        }
    }
}
