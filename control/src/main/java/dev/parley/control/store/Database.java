package dev.parley.control.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The SQLite file {@code parley.db} in the state folder, over one connection that one thread uses. What a commit has returned for is on the
 * disk: the journal is a write-ahead log that is synced at each commit ({@code synchronous=FULL}; https://sqlite.org/wal.html), so that
 * {@code kill -9} and a loss of power leave it, as far as the disk keeps what it says it has kept.
 */
public final class Database implements AutoCloseable {
    /** In this order: how pages are reclaimed is settled before anything is written, which the journal's mode is. */
    private static final List<String> PRAGMAS = List.of(
            "auto_vacuum = INCREMENTAL",
            "journal_mode = WAL",
            "synchronous = FULL",
            "journal_size_limit = 16777216",
            "trusted_schema = OFF");

    private final StateFolder folder;
    private final Path file;
    private final Connection connection;

    private Database(StateFolder folder, Path file, Connection connection) {
        this.folder = folder;
        this.file = file;
        this.connection = connection;
    }

    /**
     * Takes the folder and opens the file; makes both where they are not there, with modes 0700 and 0600.
     *
     * @throws UnusableStoreException where another process has it, or it cannot be read or written, or is no database of this Parley's
     */
    public static Database open(Path path) throws UnusableStoreException {
        StateFolder folder = StateFolder.take(path);
        Path file = folder.file("parley.db");
        try {
            StateFolder.createPrivate(file);
            Connection connection = connect(file);
            try {
                Migrations.apply(connection, file.toString());
            } catch (SQLException | UnusableStoreException unusable) {
                closeQuietly(connection);
                throw unusable;
            }
            return new Database(folder, file, connection);
        } catch (LinkageError missing) {
            folder.close();
            throw new UnusableStoreException(
                    "SQLite's native library cannot be loaded: %s. It is unpacked into java.io.tmpdir (%s): let programs be run from there, or set -Dorg.sqlite.tmpdir, and restart."
                            .formatted(missing.getMessage(), System.getProperty("java.io.tmpdir")),
                    missing);
        } catch (SQLException unusable) {
            folder.close();
            throw new UnusableStoreException(explain(file, unusable), unusable);
        } catch (IOException unwritable) {
            folder.close();
            throw new UnusableStoreException(
                    "%s cannot be made: %s. Let Parley write there, or change state.".formatted(file, unwritable),
                    unwritable);
        } catch (UnusableStoreException unusable) {
            folder.close();
            throw unusable;
        }
    }

    private static Connection connect(Path file) throws SQLException {
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl("jdbc:sqlite:" + file);
        Connection connection = source.getConnection();
        try (Statement statement = connection.createStatement()) {
            for (String pragma : PRAGMAS) {
                statement.execute("PRAGMA " + pragma);
            }
        } catch (SQLException unusable) {
            closeQuietly(connection);
            throw unusable;
        }
        return connection;
    }

    /** Begins a transaction. The driver's own way of doing so loses count where SQLite rolls back by itself, as on a full disk. */
    public void begin() throws SQLException {
        execute("BEGIN");
    }

    /** Returns once what was written is on the disk. */
    public void commit() throws SQLException {
        execute("COMMIT");
    }

    /** Undoes what was written since the transaction began; nothing where it has been undone already. */
    public void rollback() {
        try {
            execute("ROLLBACK");
        } catch (SQLException rolledBack) {
            // SQLite did so by itself.
        }
    }

    private void execute(String text) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(text);
        }
    }

    /** The one connection. Its user's thread alone. */
    public Connection connection() {
        return connection;
    }

    /** Bytes that the file and its log have on the disk. */
    public long bytes() {
        try {
            Path log = file.resolveSibling(file.getFileName() + "-wal");
            return Files.size(file) + (Files.exists(log) ? Files.size(log) : 0);
        } catch (IOException unknown) {
            return 0;
        }
    }

    /** What went wrong with the file, why, and what to do. */
    public String explain(SQLException failure) {
        return explain(file, failure);
    }

    private static String explain(Path file, SQLException failure) {
        return switch (code(failure)) {
            case SQLITE_FULL ->
                "The disk of %s is full. Make room; nothing is lost, and nothing need be restarted.".formatted(file);
            case SQLITE_CORRUPT, SQLITE_CORRUPT_VTAB, SQLITE_NOTADB ->
                "%s is damaged: %s. Put a backup in its place, or move it away, upon which the keys in it are forgotten."
                        .formatted(file, failure.getMessage());
            default ->
                "%s cannot be used: %s. See that the disk is well and that Parley may write there."
                        .formatted(file, reason(failure));
        };
    }

    private static String reason(SQLException failure) {
        Throwable cause = failure.getCause();
        return cause == null ? String.valueOf(failure.getMessage()) : failure.getMessage() + " (" + cause + ")";
    }

    /** Whether a failure is a disk that is full, upon which the connection stays usable. */
    public static boolean full(SQLException failure) {
        return code(failure) == SQLiteErrorCode.SQLITE_FULL;
    }

    private static SQLiteErrorCode code(SQLException failure) {
        return failure instanceof SQLiteException coded ? coded.getResultCode() : SQLiteErrorCode.UNKNOWN_ERROR;
    }

    @Override
    public void close() {
        closeQuietly(connection);
        folder.close();
    }

    private static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException gone) {
            // What was committed is on the disk; there is nothing to save.
        }
    }
}
