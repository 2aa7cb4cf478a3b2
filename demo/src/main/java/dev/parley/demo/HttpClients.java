package dev.parley.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What each client of HTTP does: GET requests on a kept-alive connection. Parley retries these, so that no kill shows. */
record HttpClients(InetSocketAddress address, String path, Pace pace, Tally tally) implements Runnable {
    @Override
    public void run() {
        @Nullable HttpConnection connection = null;
        for (OptionalLong due = pace.next(); due.isPresent(); due = pace.next()) {
            tally.began();
            connection = send(connection, due.getAsLong());
            tally.ended();
        }
        close(connection);
    }

    /** Sends one request; answers the connection to send the next one on, or null where that is to be a new one. */
    private @Nullable HttpConnection send(@Nullable HttpConnection open, long dueNs) {
        @Nullable HttpConnection connection = open;
        try {
            if (connection == null) {
                connection = new HttpConnection(address);
            }
            HttpConnection.Response response = connection.get(path);
            if (response.status() == 200) {
                tally.success(System.nanoTime() - dueNs);
            } else {
                tally.failure("status " + response.status());
            }
            if (connection.keptAlive()) {
                return connection;
            }
        } catch (IOException | NumberFormatException failure) {
            tally.failure(failure.toString());
        }
        close(connection);
        return null;
    }

    private static void close(@Nullable HttpConnection connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (IOException alreadyBroken) {
                // There is nothing left of it to close.
            }
        }
    }
}
