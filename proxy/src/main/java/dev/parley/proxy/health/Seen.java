package dev.parley.proxy.health;

/** What was seen of an endpoint. */
public sealed interface Seen {
    /** A probe passed. */
    record Passed() implements Seen {}

    /**
     * A probe failed.
     *
     * @param reached whether the endpoint could be connected to, where traffic would go
     */
    record Failed(String reason, boolean reached) implements Seen {
        Failed(String reason) {
            this(reason, true);
        }
    }

    /** Traffic could not connect. */
    record ConnectFailed(String reason) implements Seen {}
}
