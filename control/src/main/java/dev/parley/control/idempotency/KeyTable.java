package dev.parley.control.idempotency;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of keys, as statements. A record is STARTED from before the request is sent until its answer is there; one that is STARTED
 * and not under way in this process has an outcome that nobody knows.
 */
final class KeyTable implements AutoCloseable {
    static final int STARTED = 1;
    static final int ANSWERED = 2;
    static final int NOT_KEPT = 3;

    private final PreparedStatement find;
    private final PreparedStatement put;
    private final PreparedStatement delete;
    private final PreparedStatement expired;
    private final PreparedStatement count;
    private final PreparedStatement readClock;
    private final PreparedStatement writeClock;
    private final Statement vacuum;

    /** A record as it is on the disk. */
    record Row(String route, byte[] fingerprint, int state, long expiresMs, byte @Nullable [] answer) {}

    /** A record whose time is over. */
    record Expired(KeyId id, String route) {}

    @SuppressWarnings("resource") // They are closed with the connection.
    KeyTable(Connection connection) throws SQLException {
        find = connection.prepareStatement(
                "SELECT route, fingerprint, state, expires_ms, answer FROM idempotency_key WHERE id = ?");
        put = connection.prepareStatement(
                "INSERT INTO idempotency_key (id, route, fingerprint, state, expires_ms, answer)"
                        + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET route = excluded.route,"
                        + " fingerprint = excluded.fingerprint, state = excluded.state, expires_ms = excluded.expires_ms,"
                        + " answer = excluded.answer");
        delete = connection.prepareStatement("DELETE FROM idempotency_key WHERE id = ?");
        expired = connection.prepareStatement(
                "SELECT id, route FROM idempotency_key WHERE expires_ms <= ? ORDER BY expires_ms LIMIT ?");
        count = connection.prepareStatement("SELECT route, count(*) FROM idempotency_key GROUP BY route");
        readClock = connection.prepareStatement("SELECT last_ms FROM clock");
        writeClock = connection.prepareStatement(
                "INSERT INTO clock (one, last_ms) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET last_ms = excluded.last_ms");
        vacuum = connection.createStatement();
    }

    @Nullable
    Row find(KeyId id) throws SQLException {
        find.setBytes(1, id.bytes());
        try (ResultSet rows = find.executeQuery()) {
            return rows.next()
                    ? new Row(rows.getString(1), rows.getBytes(2), rows.getInt(3), rows.getLong(4), rows.getBytes(5))
                    : null;
        }
    }

    /** Writes how far the request of a claim is, in place of what may be there; the answer where there is one that is kept. */
    void put(Claim claim, int state, byte @Nullable [] answer, long expiresMs) throws SQLException {
        put.setBytes(1, claim.id());
        put.setString(2, claim.route());
        put.setBytes(3, claim.fingerprint());
        put.setInt(4, state);
        put.setLong(5, expiresMs);
        put.setBytes(6, answer);
        put.executeUpdate();
    }

    /** Whether there was one. */
    boolean delete(KeyId id) throws SQLException {
        delete.setBytes(1, id.bytes());
        return delete.executeUpdate() > 0;
    }

    /** The records whose time is over, the oldest first. */
    List<Expired> expired(long nowMs, int most) throws SQLException {
        expired.setLong(1, nowMs);
        expired.setInt(2, most);
        List<Expired> found = new ArrayList<>();
        try (ResultSet rows = expired.executeQuery()) {
            while (rows.next()) {
                found.add(new Expired(new KeyId(rows.getBytes(1)), rows.getString(2)));
            }
        }
        return found;
    }

    /** How many records each route has. Reads an index from end to end. */
    Map<String, Integer> count() throws SQLException {
        Map<String, Integer> counts = new HashMap<>();
        try (ResultSet rows = count.executeQuery()) {
            while (rows.next()) {
                counts.put(rows.getString(1), rows.getInt(2));
            }
        }
        return counts;
    }

    /** The last time that was written down; 0 where none was. */
    long lastMs() throws SQLException {
        try (ResultSet rows = readClock.executeQuery()) {
            return rows.next() ? rows.getLong(1) : 0;
        }
    }

    void lastMs(long nowMs) throws SQLException {
        writeClock.setLong(1, nowMs);
        writeClock.executeUpdate();
    }

    /** Gives up to 64 free pages back to the disk. */
    void vacuum() throws SQLException {
        vacuum.executeUpdate("PRAGMA incremental_vacuum(64)");
    }

    @Override
    public void close() {
        for (Statement each : List.of(find, put, delete, expired, count, readClock, writeClock, vacuum)) {
            try {
                each.close();
            } catch (SQLException gone) {
                // The connection closes next.
            }
        }
    }
}
