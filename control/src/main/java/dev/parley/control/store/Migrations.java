package dev.parley.control.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The steps by which a file comes to the schema of this Parley, each in a transaction of its own. The number of steps taken is the file's
 * {@code user_version}. A step that was released is never changed; another follows it.
 */
final class Migrations {
    /** Marks a file as Parley's ("Parl"). */
    private static final int APPLICATION = 0x5061_726C;

    private static final List<List<String>> STEPS = List.of(List.of(
            """
            CREATE TABLE idempotency_key (
                id BLOB NOT NULL PRIMARY KEY,
                route TEXT NOT NULL,
                fingerprint BLOB NOT NULL,
                state INTEGER NOT NULL,
                expires_ms INTEGER NOT NULL,
                answer BLOB
            )
            """,
            "CREATE INDEX idempotency_key_expiry ON idempotency_key (expires_ms)",
            "CREATE TABLE clock (one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), last_ms INTEGER NOT NULL)"));

    private Migrations() {}

    /**
     * Takes the steps that are missing.
     *
     * @throws UnusableStoreException where the file is another program's, or a later Parley's
     */
    static void apply(Connection connection, String file) throws SQLException, UnusableStoreException {
        try (Statement statement = connection.createStatement()) {
            int application = number(statement, "PRAGMA application_id");
            int taken = number(statement, "PRAGMA user_version");
            boolean fresh =
                    application == 0 && taken == 0 && number(statement, "SELECT count(*) FROM sqlite_schema") == 0;
            if (!fresh && application != APPLICATION) {
                throw new UnusableStoreException(
                        "%s is a database of another program. Move it away, or change state.".formatted(file));
            }
            if (taken > STEPS.size()) {
                throw new UnusableStoreException(
                        "%s was written by a later Parley (schema %d, this one knows %d). Run that one, or give this one another folder (state)."
                                .formatted(file, taken, STEPS.size()));
            }
            for (int step = taken; step < STEPS.size(); step++) {
                statement.executeUpdate("BEGIN IMMEDIATE");
                for (String each : STEPS.get(step)) {
                    statement.executeUpdate(each);
                }
                statement.executeUpdate("PRAGMA application_id = " + APPLICATION);
                statement.executeUpdate("PRAGMA user_version = " + (step + 1));
                statement.executeUpdate("COMMIT");
            }
        }
    }

    private static int number(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }
}
