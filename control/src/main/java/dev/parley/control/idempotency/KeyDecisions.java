package dev.parley.control.idempotency;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * What a command does, by what is under way in this process and what is on the disk. A decision writes, and answers with its effect: what
 * changes in memory and who is told, once that is committed. The store's thread alone.
 *
 * <p>Transitions of a record: absent → STARTED (claimed) → ANSWERED, NOT_KEPT (answered) or absent (released, expired). STARTED and under
 * way here means that its request is being executed; STARTED and not under way that its outcome is unknown.
 */
final class KeyDecisions {
    private static final int RECLAIMED = 256;
    /** Keys that were released while nothing could be written; beyond it their outcome is told as unknown, which is the safe side. */
    private static final int UNRELEASED = 4096;
    /** How often the time is written down, in milliseconds. */
    private static final long CLOCK_MS = 10_000;

    private final SteadyClock clock;
    private final Consumer<Command> queue;
    private final Map<KeyId, InFlight> inFlight = new HashMap<>();
    private final Map<String, Integer> counts = new ConcurrentHashMap<>();
    private final Map<String, Integer> startedInBatch = new HashMap<>();
    private final Set<KeyId> unreleased = new HashSet<>();
    private int waiters;
    private boolean wrote;
    private long clockMs;

    /** Records that were deleted, as an effect, and whether there are more. */
    record Reclaimed(Runnable effect, boolean more) {}

    KeyDecisions(SteadyClock clock, Consumer<Command> queue) {
        this.clock = clock;
        this.queue = queue;
    }

    /** How many records each route has. Any thread may read it. */
    Map<String, Integer> counts() {
        return counts;
    }

    /** The file was opened, and has so many. */
    void counted(Map<String, Integer> onDisk) {
        counts.clear();
        counts.putAll(onDisk);
    }

    void begin() {
        startedInBatch.clear();
        wrote = false;
    }

    /** All of a batch was decided; it is about to be committed. */
    void end(KeyTable table) throws SQLException {
        long now = clock.nowMs();
        if (wrote && now - clockMs >= CLOCK_MS) {
            table.lastMs(now);
            clockMs = now;
        }
    }

    /** Whether the batch writes anything. */
    boolean wrote() {
        return wrote;
    }

    Runnable decide(Command command, KeyTable table) throws SQLException {
        return switch (command) {
            case Command.Claiming claiming -> claim(claiming, table);
            case Command.Abandoning abandoning -> () -> forget(abandoning.claiming());
            case Command.Settling settling -> settle(settling, table);
        };
    }

    /** What becomes of a command that could not be written. */
    Runnable failed(Command command, String why) {
        return switch (command) {
            case Command.Claiming claiming -> () -> claiming.told.accept(new Claimed.Unavailable(why));
            case Command.Abandoning abandoning -> () -> forget(abandoning.claiming());
            case Command.Settling settling -> () -> settleFailed(settling);
        };
    }

    // ---- claims ----

    private Runnable claim(Command.Claiming claiming, KeyTable table) throws SQLException {
        if (claiming.abandoned()) {
            return () -> {};
        }
        InFlight other = inFlight.get(claiming.id);
        if (other != null) {
            return join(claiming, other);
        }
        KeyTable.Row row = table.find(claiming.id);
        Claim claim = claiming.claim;
        if (row == null) {
            return full(claim) ? () -> claiming.told.accept(new Claimed.Full()) : start(claiming, true, table);
        }
        if (row.expiresMs() <= clock.nowMs() || unreleased.contains(claiming.id)) {
            return start(claiming, false, table);
        }
        if (!Arrays.equals(row.fingerprint(), claim.fingerprint())) {
            return () -> claiming.told.accept(new Claimed.Reused());
        }
        if (row.state() == KeyTable.STARTED && claim.executeUnknown()) {
            return start(claiming, false, table);
        }
        Claimed known = known(row);
        return () -> claiming.told.accept(known);
    }

    private static Claimed known(KeyTable.Row row) {
        byte[] answer = row.answer();
        return switch (row.state()) {
            case KeyTable.ANSWERED -> answer == null ? new Claimed.Unknown() : new Claimed.Answered(answer);
            case KeyTable.NOT_KEPT -> new Claimed.NotKept();
            default -> new Claimed.Unknown();
        };
    }

    private boolean full(Claim claim) {
        int started = startedInBatch.getOrDefault(claim.route(), 0);
        return counts.getOrDefault(claim.route(), 0) + started >= claim.keys();
    }

    private Runnable start(Command.Claiming claiming, boolean fresh, KeyTable table) throws SQLException {
        Claim claim = claiming.claim;
        table.put(claim, KeyTable.STARTED, null, clock.nowMs() + claim.keepMs());
        wrote = true;
        if (fresh) {
            startedInBatch.merge(claim.route(), 1, Integer::sum);
        }
        return () -> {
            if (fresh) {
                counts.merge(claim.route(), 1, Integer::sum);
            }
            unreleased.remove(claiming.id);
            InFlight begun = new InFlight(claiming.id, claim, queue);
            inFlight.put(claiming.id, begun);
            claiming.told.accept(new Claimed.Execute(begun.hold()));
        };
    }

    private Runnable join(Command.Claiming claiming, InFlight other) {
        if (!Arrays.equals(other.claim.fingerprint(), claiming.claim.fingerprint())) {
            return () -> claiming.told.accept(new Claimed.Reused());
        }
        if (!claiming.claim.mayWait()
                || waiters >= KeyWriter.WAITERS
                || other.waiters.size() >= KeyWriter.WAITERS_PER_KEY) {
            return () -> claiming.told.accept(new Claimed.InProgress());
        }
        return () -> {
            other.waiters.add(claiming);
            waiters++;
            claiming.told.accept(new Claimed.Waiting());
        };
    }

    private void forget(Command.Claiming claiming) {
        InFlight other = inFlight.get(claiming.id);
        if (other != null && other.waiters.remove(claiming)) {
            waiters--;
        }
    }

    // ---- ends ----

    private Runnable settle(Command.Settling settling, KeyTable table) throws SQLException {
        InFlight ended = settling.inFlight();
        return switch (settling.how()) {
            case ANSWERED, TOO_LARGE -> {
                byte[] answer = settling.answer();
                table.put(
                        ended.claim,
                        answer == null ? KeyTable.NOT_KEPT : KeyTable.ANSWERED,
                        answer,
                        clock.nowMs() + ended.claim.keepMs());
                wrote = true;
                Claimed known = answer == null ? new Claimed.NotKept() : new Claimed.Answered(answer);
                yield () -> {
                    settling.tell(true);
                    end(ended, known);
                };
            }
            case RELEASED -> release(ended, table);
            case UNKNOWN -> () -> endUnknown(ended);
        };
    }

    /** The key passes to who waits for it, with its record as it is; else the record goes. */
    private Runnable release(InFlight ended, KeyTable table) throws SQLException {
        if (!ended.waiters.isEmpty()) {
            return () -> passOn(ended);
        }
        boolean deleted = table.delete(ended.id);
        wrote = true;
        return () -> {
            inFlight.remove(ended.id);
            if (deleted) {
                discount(ended.claim.route());
            }
        };
    }

    private void passOn(InFlight ended) {
        Command.Claiming next = ended.waiters.remove();
        waiters--;
        next.told.accept(new Claimed.Execute(ended.hold()));
    }

    private void endUnknown(InFlight ended) {
        Command.Claiming next = ended.waiters.peek();
        if (next != null && next.claim.executeUnknown()) {
            passOn(ended);
        } else {
            end(ended, new Claimed.Unknown());
        }
    }

    private void settleFailed(Command.Settling settling) {
        InFlight ended = settling.inFlight();
        if (settling.how() == Command.Settling.How.RELEASED) {
            if (!ended.waiters.isEmpty()) {
                passOn(ended);
                return;
            }
            if (unreleased.size() < UNRELEASED) {
                unreleased.add(ended.id);
            }
        }
        settling.tell(false);
        end(ended, new Claimed.Unknown());
    }

    private void end(InFlight ended, Claimed known) {
        inFlight.remove(ended.id);
        waiters -= ended.waiters.size();
        ended.waiters.forEach(waiter -> waiter.told.accept(known));
        ended.waiters.clear();
    }

    private void discount(String route) {
        counts.computeIfPresent(route, (name, count) -> count > 1 ? count - 1 : null);
    }

    // ---- time ----

    /** Deletes up to {@value #RECLAIMED} records: those that are over and not under way, and those that were released. */
    Reclaimed reclaim(KeyTable table) throws SQLException {
        List<String> routes = new ArrayList<>();
        List<KeyId> released = new ArrayList<>(unreleased);
        for (KeyId id : released) {
            KeyTable.Row row = table.find(id);
            if (row != null && table.delete(id)) {
                routes.add(row.route());
            }
        }
        List<KeyTable.Expired> expired = table.expired(clock.nowMs(), RECLAIMED);
        int kept = 0;
        for (KeyTable.Expired each : expired) {
            if (inFlight.containsKey(each.id())) {
                kept++;
            } else if (table.delete(each.id())) {
                routes.add(each.route());
            }
        }
        if (!routes.isEmpty()) {
            table.vacuum();
        }
        boolean more = expired.size() == RECLAIMED && kept < RECLAIMED;
        return new Reclaimed(
                () -> {
                    released.forEach(unreleased::remove);
                    routes.forEach(this::discount);
                },
                more);
    }
}
