package dev.parley.cli;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.Optional;

/** Parley as it serves in this process. Its methods may be called from any thread. */
public interface Running {
    /**
     * The address that each listener is bound to, by the listener's name, in the order of the configuration: with the
     * port that was taken where the configuration says 0, and a Unix domain address where it says so.
     */
    Map<String, SocketAddress> listeners();

    /** The address of {@code /metrics}, {@code /status}, {@code /healthz} and {@code /readyz}, where there is one. */
    Optional<InetSocketAddress> admin();

    /** Waits until Parley has stopped, for whatever reason. */
    void awaitStop() throws InterruptedException;

    /**
     * Stops: accepts nothing more, lets what is open end within the configured drain time, then cuts it. Returns when
     * everything is closed; a further call waits for the same.
     */
    void stop() throws InterruptedException;
}
